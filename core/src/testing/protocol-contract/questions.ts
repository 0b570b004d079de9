// Contract: what the agent asks is told, its answer reaches it by a call of its own, and the work goes on; other messages
// reach work that runs.
import assert from 'node:assert/strict';
import type { Receipt } from '../../provider/index.js';
import { resultText } from './heard.js';
import type { ProtocolContractOptions, ScriptedWork } from './options.js';
import type { ProtocolCase } from './test-case.js';

const QUESTION = 'Which colour shall it have?';

export function questionCases(test: ProtocolCase, { deduplicated = false }: ProtocolContractOptions): void {
  test(['input_required'], 'a question is told, and its answer goes to the agent, which goes on', async (open) => {
    const conversation = await open(asksForColour);
    const following = conversation.follow('start');
    const { request } = await following.until('input_required');
    assert.match(request.question, /Which colour shall it have\?/);
    const { requestId } = request;
    // As in the engine, events are taken while a message is on its way.
    const sent = conversation.send({ id: 'message-1', text: 'blue', requestId });
    const [receipt, end] = await Promise.all([sent, conversation.toEnd(following)]);
    assertTaken(receipt);
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'It becomes blue.']);
    assert.equal(conversation.begun, 1);
  });

  test(['input_required'], 'a second question is another one', async (open) => {
    const conversation = await open(async (work) => {
      const answers = [await work.ask('First?'), await work.ask('Second?')];
      return { result: answers.join(' and ') };
    });
    const following = conversation.follow('start');
    const first = (await following.until('input_required')).request.requestId;
    const one = conversation.send({ id: 'message-one', text: 'one', requestId: first });
    const [, asked] = await Promise.all([one, following.until('input_required')]);
    const second = asked.request.requestId;
    const two = conversation.send({ id: 'message-two', text: 'two', requestId: second });
    const [, end] = await Promise.all([two, conversation.toEnd(following)]);
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'one and two']);
    assert.notEqual(first, second);
  });

  test(['input_required', 'reconnect'], 'a question outlives the process that heard it', async (open) => {
    const conversation = await open(asksForColour);
    const first = conversation.follow('start');
    const { request } = await first.until('input_required');
    await first.abort();
    const following = conversation.follow('resume');
    assert.equal((await following.next())?.type, 'attached');
    const { requestId } = request;
    const sent = conversation.send({ id: 'message-1', text: 'green', requestId });
    const [receipt, end] = await Promise.all([sent, conversation.toEnd(following)]);
    assertTaken(receipt);
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'It becomes green.']);
  });

  test(['input_required'], 'a message to work that has ended is not taken', async (open) => {
    const conversation = await open(async () => ({ result: 'over' }));
    await conversation.run();
    const receipt = await conversation.send({ id: 'late', text: 'and another thing' });
    assert(receipt.state === 'rejected' && receipt.reason !== '', `the receipt is ${JSON.stringify(receipt)}`);
  });

  test(['message'], 'a message that nobody asked for reaches running work', async (open) => {
    const conversation = await open(async (work) => {
      await work.say('I listen.');
      return { result: `heard ${await work.hear()} and ${await work.hear()}` };
    });
    const following = conversation.follow('start');
    await following.untilSaid('I listen.');
    for (const text of ['this', 'that']) {
      // Repeated, as after an answer that was lost.
      for (let times = deduplicated ? 2 : 1; times > 0; times -= 1) {
        assertTaken(await conversation.send({ id: `message-${text}`, text }));
      }
    }
    const end = await conversation.toEnd(following);
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'heard this and that']);
  });
}

function assertTaken(receipt: Receipt): void {
  assert(receipt.state === 'delivered' || receipt.state === 'queued', `the receipt is ${JSON.stringify(receipt)}`);
}

async function asksForColour(work: ScriptedWork): Promise<{ result: string }> {
  return { result: `It becomes ${await work.ask(QUESTION)}.` };
}
