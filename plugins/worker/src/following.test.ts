// Following a run: from any place, over broken connections, by readers of any speed.
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import { ended, eventsIn, newTask, said, TestWorker, typesOf } from './testdata/test-worker.js';

let worker: TestWorker;
beforeEach(async () => {
  worker = await TestWorker.start();
});
afterEach(() => worker.remove());

const waiting = (name: string): string => `while [ ! -e ${join(worker.root, name)} ]; do sleep 0.05; done`;
const release = (name: string): void => writeFileSync(join(worker.root, name), '');

it('goes on after the last event known when the connection was lost', async () => {
  const instruction = `echo 1; ${waiting('go')}; echo 2; echo 3`;
  const task = newTask({ framework: 'shell', instruction });
  await worker.start(task);
  const lost = new AbortController();
  const seen: WorkerEvent[] = [];
  try {
    for await (const event of worker.follow(task.invocationId, 0, lost.signal)) {
      seen.push(event);
      lost.abort();
    }
  } catch (error) {
    expect((error as Error).name).toBe('AbortError');
  }
  expect(said(seen)).toBe('1\n');
  release('go');
  for await (const event of worker.follow(task.invocationId, seen.at(-1)?.seq)) seen.push(event);
  expect([said(seen), ended(seen)?.outcome]).toEqual(['1\n2\n3\n', 'succeeded']);
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
});

it('gives each piece of output before the next is there', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const instruction = names.map((name) => `printf ${name}; ${waiting(name)}`).join('; ');
  const task = newTask({ framework: 'shell', instruction });
  await worker.start(task);
  let text = '';
  for await (const event of worker.follow(task.invocationId)) {
    text += event.type === 'log' ? (event.text ?? '') : '';
    if (event.type === 'log') release(text.at(-1) ?? '');
  }
  expect(text).toBe('abcde');
});

it('is no burden to the run when a reader does not read, and gives it everything later', async () => {
  const task = newTask({ framework: 'shell', instruction: 'yes 0123456789 | head -c 20000000' });
  await worker.start(task);
  const slow = request(`${worker.url}/invocations`, { method: 'POST' });
  slow.end(JSON.stringify({ agentdispatch: 'follow', invocationId: task.invocationId }));
  const [response] = (await once(slow, 'response')) as [IncomingMessage];
  response.pause();
  expect(ended(await worker.run(task))?.outcome).toBe('succeeded');
  let bytes = 0;
  let last = '';
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    last = piece.toString().trimEnd().split('\n').at(-1) ?? last;
  }
  expect(bytes).toBeGreaterThan(20_000_000);
  expect(last).toContain('"type":"ended"');
});

it('gives what is there already to those who do not want to wait', async () => {
  const task = newTask({ framework: 'shell', instruction: `echo 1; ${waiting('go')}` });
  await worker.start(task);
  for await (const event of worker.follow(task.invocationId)) {
    expect(event.text).toBe('1\n');
    break;
  }
  const call = { agentdispatch: 'follow', invocationId: task.invocationId, waitSeconds: 0 };
  const lines = async (after: number) => typesOf(await all(eventsIn(await worker.post({ ...call, after }))));
  expect([await lines(0), await lines(1)]).toEqual([['attached', 'log'], ['attached']]);
  release('go');
});

it('ends the answer when the wait is over, and leaves the run at work', async () => {
  const task = newTask({ framework: 'shell', instruction: waiting('go') });
  await worker.start(task);
  const call = { agentdispatch: 'follow', invocationId: task.invocationId, waitSeconds: 1 };
  expect(typesOf(await all(eventsIn(await worker.post(call))))).toEqual(['attached']);
  release('go');
  expect(ended(await worker.run(task))?.outcome).toBe('succeeded');
});

it('says that nothing is known of a run that is not there', async () => {
  const call = { agentdispatch: 'follow', invocationId: 'nobody-knows-this' };
  const response = await worker.post(call);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  expect(await all(eventsIn(response))).toMatchObject([{ type: 'refused', error: { code: 'unknown_run' } }]);
});

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = [];
  for await (const value of values) found.push(value);
  return found;
}
