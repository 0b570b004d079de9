// Contract: failures come with codes, files with their bytes, an abort with an end, and no secret with anything.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { isErrorCode } from '../../errors/index.js';
import { SECRET } from './conversation.js';
import type { ProtocolCase } from './test-case.js';

export function endingCases(test: ProtocolCase): void {
  test([], 'work that fails ends failed, with a code and the words of the agent', async (open) => {
    const conversation = await open(async () => ({ failure: 'The disk is full.' }));
    const { outcome, error } = await conversation.run();
    assert.equal(outcome, 'failed');
    assert(error !== undefined && isErrorCode(error.code), `the error is ${JSON.stringify(error)}`);
    assert.match(error.message, /The disk is full\./);
    assert.notEqual(error.retryable, true);
    assert.equal(conversation.begun, 1);
  });

  test(['artifact'], 'a file that the agent leaves comes with its bytes, and no copy of it stays', async (open) => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    const conversation = await open(async (work) => {
      await work.leave({ name: 'out/report.bin', mediaType: 'application/octet-stream', bytes });
      return { result: 'left' };
    });
    await conversation.run();
    assert.deepEqual([...conversation.files.keys()], ['out/report.bin']);
    assert(conversation.files.get('out/report.bin')?.equals(bytes), 'the file has other bytes');
    assert.deepEqual(await filesIn(conversation.directory), []);
  });

  test([], 'following settles when it is aborted, while the agent is silent', async (open) => {
    const conversation = await open(async (work) => {
      await work.say('I think.');
      return await new Promise(() => undefined);
    });
    const following = conversation.follow('start');
    await following.untilSaid('I think.');
    await following.abort();
    assert(!conversation.events.some(({ type }) => type === 'ended'));
  });

  test([], 'no secret is in an event, a handle, an error or the log', async (open) => {
    for (const end of [{ result: 'done' }, { failure: 'It failed.' }]) {
      const conversation = await open(async (work) => {
        await work.say('I work.');
        return end;
      });
      await conversation.run();
      await conversation.cancel().catch((error: unknown) => conversation.hear(error));
      assert(conversation.allHeard.length > 0);
      assert(!conversation.allHeard.includes(SECRET.value), 'the secret was told');
    }
  });
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return [...entries].filter((entry) => entry.isFile()).map(({ name }) => name);
}
