// Contract: output is readable as soon as it is said, and comes whole where answers come whole.
import assert from 'node:assert/strict';
import { Gates } from './gates.js';
import { assertSaidOnce, chunk, resultText } from './heard.js';
import type { ScriptedWork } from './options.js';
import type { ProtocolCase } from './test-case.js';

const CHUNKS = 10;

export function streamingCases(test: ProtocolCase): void {
  test([], 'work that ends well tells one end, with its result', async (open) => {
    const conversation = await open(async ({ instruction }) => ({ result: `Done: ${instruction}` }));
    const end = await conversation.run();
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'Done: Do what the kit wants.']);
    assert.equal(conversation.begun, 1);
  });

  test(['streamed'], 'of ten chunks each is readable before the next is said', async (open) => {
    const gates = new Gates();
    const conversation = await open(async (work) => {
      for (let number = 1; number <= CHUNKS; number += 1) {
        await gates.at(number);
        await work.say(chunk(number));
      }
      await gates.at(CHUNKS + 1);
      return { result: 'all said' };
    });
    const following = conversation.follow('start');
    for (let number = 1; number <= CHUNKS; number += 1) {
      gates.open(number);
      await following.untilSaid(chunk(number));
    }
    gates.open(CHUNKS + 1);
    const end = await conversation.toEnd(following);
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'all said']);
    assertSaidOnce(conversation.said, CHUNKS);
  });

  test(['polled'], 'over a channel whose answers come whole every chunk comes once, and then the end', async (open) => {
    const conversation = await open(sayAll);
    const channel = { ...conversation.agent.channel, answerSeconds: 0 };
    const end = await conversation.run(channel);
    assert.deepEqual([end.outcome, resultText(end)], ['succeeded', 'all said']);
    assertSaidOnce(conversation.said, CHUNKS);
    assert.equal(conversation.begun, 1);
  });

  test([], 'much output at once comes whole, in events of at most 64 KiB', async (open) => {
    const text = 'Grüße 🌍 '.repeat(30_000);
    const conversation = await open(async (work) => {
      await work.say(text);
      return { result: 'said' };
    });
    await conversation.run();
    assert(conversation.said.includes(text), 'the output is not what was said');
  });

  test([], 'a large result comes whole', async (open) => {
    const result = 'A large result. '.repeat(150_000);
    const conversation = await open(async () => ({ result }));
    const end = await conversation.run();
    assert.equal(end.outcome, 'succeeded');
    assert(resultText(end) === result, 'the result is not what was given');
  });
}

async function sayAll(work: ScriptedWork): Promise<{ result: string }> {
  for (let number = 1; number <= CHUNKS; number += 1) await work.say(chunk(number));
  return { result: 'all said' };
}
