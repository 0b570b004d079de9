// The worker as callers meet it: the real server on a loopback port, with real agents.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ended, newTask, said, TestWorker } from './testdata/test-worker.js';

let worker: TestWorker;
beforeEach(async () => {
  worker = await TestWorker.start();
});
afterEach(() => worker.remove());

const steps = (...all: unknown[]): string => JSON.stringify(all);

describe('a run', () => {
  it('gives its output as it comes, and as its result', async () => {
    const events = await worker.run(newTask({ framework: 'shell', instruction: 'echo one; echo two >&2; echo three' }));
    expect([said(events), said(events, 'stderr')]).toEqual(['one\nthree\n', 'two\n']);
    expect(ended(events)).toMatchObject({ outcome: 'succeeded', exitCode: 0, result: { text: 'one\nthree\n' } });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it('tells what its agent says in the line protocol', async () => {
    const instruction = steps(
      { say: 'plain text\n' },
      { say: { type: 'progress', message: 'half', fraction: 0.5 } },
      { say: { type: 'message', text: 'hello', raw: { kind: 'x' } } },
      { say: { type: 'ended', outcome: 'succeeded', result: { json: { answer: 42 } } } },
    );
    const events = await worker.run(newTask({ framework: 'scripted', instruction }));
    expect(events).toMatchObject([
      { type: 'log', stream: 'stdout', text: 'plain text\n' },
      { type: 'progress', message: 'half', fraction: 0.5 },
      { type: 'message', text: 'hello', raw: { kind: 'x' } },
      { type: 'ended', outcome: 'succeeded', result: { json: { answer: 42 } } },
    ]);
  });

  it('asks, waits for the answer, and goes on', async () => {
    const instruction = steps(
      { say: { type: 'input_required', request: { requestId: 'q1', question: 'Which?' } } },
      { await: 'message' },
    );
    const task = newTask({ framework: 'scripted', instruction });
    await worker.start(task);
    const events = [];
    for await (const event of worker.follow(task.invocationId)) {
      events.push(event);
      if (event.type !== 'input_required') continue;
      const message = { id: 'm1', text: 'this one', requestId: 'q1' };
      const call = { agentdispatch: 'send', invocationId: task.invocationId, message } as const;
      expect(await worker.call(call)).toMatchObject({ receipt: { state: 'delivered' }, state: 'running' });
      expect(await worker.call(call)).toMatchObject({ receipt: { state: 'delivered' } });
    }
    expect(events).toMatchObject([
      { type: 'input_required', request: { requestId: 'q1' } },
      { type: 'input_received', requestId: 'q1' },
      { type: 'message', text: 'this one' },
      { type: 'ended', outcome: 'succeeded', result: { text: 'this one' } },
    ]);
  });
});
