// Contract: work goes on when its connections break; whoever follows it again hears every event once.
import assert from 'node:assert/strict';
import { Gates } from './gates.js';
import { assertSaidOnce, chunk, resultText, saidIn } from './heard.js';
import type { AgentScript } from './options.js';
import type { ProtocolCase } from './test-case.js';

const BEFORE = 5;
const LAST = 10;

export function reconnectCases(test: ProtocolCase): void {
  test(['reconnect'], 'connections that are cut in the middle cost nothing that was said', async (open) => {
    const gates = new Gates();
    const conversation = await open(inTwoParts(gates));
    const following = conversation.follow('start');
    await following.untilSaid(chunk(BEFORE));
    await conversation.agent.dropConnections();
    gates.open(1);
    const end = await conversation.toEnd(following);
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'all said']);
    assertSaidOnce(conversation.said, LAST);
    assert.equal(conversation.begun, 1);
  });

  test(['reconnect'], 'another process hears what was said while nobody listened, each once', async (open) => {
    const gates = new Gates();
    const conversation = await open(inTwoParts(gates));
    const first = conversation.follow('start');
    await first.untilSaid(chunk(BEFORE));
    // It dies: what it asked for is never taken, its connections are gone, and the agent says the rest to nobody.
    first.drop();
    await conversation.agent.dropConnections();
    gates.open(1);
    await gates.at(2);
    const end = await conversation.toEnd(conversation.follow('resume'));
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'all said']);
    assertSaidOnce(conversation.said, LAST);
    assert.equal(conversation.begun, 1);
  });

  test(['reconnect'], 'a resume of work that nobody began finds none, and begins none', async (open) => {
    const conversation = await open(async () => ({ result: 'done' }));
    const [answer, ...more] = await conversation.follow('resume').rest();
    assert(answer?.type === 'not_started' || answer?.type === 'unknown', `resume answered ${JSON.stringify(answer)}`);
    assert.deepEqual(more, []);
    assert.equal(conversation.begun, 0);
  });

  test(['reconnect', 'replay'], 'from every cursor on everything after it is told, once', async (open) => {
    const gates = new Gates();
    gates.open(1);
    const conversation = await open(inTwoParts(gates));
    await conversation.run();
    const events = [...conversation.events];
    for (const [index, { cursor }] of events.slice(0, -1).entries()) {
      if (cursor === undefined) continue;
      conversation.cursor = cursor;
      const following = conversation.follow('resume');
      const end = await conversation.toEnd(following);
      assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'all said'], `after ${cursor}`);
      assertSaidOnce(saidIn(events.slice(0, index + 1)) + saidIn(following.events), LAST);
    }
    assert.equal(conversation.begun, 1);
  });
}

/** Half of the chunks, the other half once the first gate is open; opens the second itself. */
function inTwoParts(gates: Gates): AgentScript {
  return async (work) => {
    for (let number = 1; number <= BEFORE; number += 1) await work.say(chunk(number));
    await gates.at(1);
    for (let number = BEFORE + 1; number <= LAST; number += 1) await work.say(chunk(number));
    gates.open(2);
    return { result: 'all said' };
  };
}
