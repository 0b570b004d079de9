// The worker as callers meet it: the real server on a loopback port, with real agents.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import { ended, newTask, said, steps, TestWorker, typesOf } from './testdata/test-worker.js';

let worker: TestWorker;
beforeEach(async () => {
  worker = await TestWorker.start();
});
afterEach(() => worker.remove());

const asking = { say: { type: 'input_required', request: { requestId: 'q1', question: 'Which?' } } };

describe('a run', () => {
  it('gives its output as it comes, and as its result', async () => {
    const events = await worker.run(newTask({ framework: 'shell', instruction: 'echo one; echo two >&2; echo three' }));
    expect([said(events), said(events, 'stderr')]).toEqual(['one\nthree\n', 'two\n']);
    expect(ended(events)).toMatchObject({ outcome: 'succeeded', exitCode: 0, result: { text: 'one\nthree\n' } });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it('may open its output again by name', async () => {
    const events = await worker.run(
      newTask({ framework: 'shell', instruction: 'echo out >/dev/stdout; echo err >/dev/stderr' }),
    );
    expect([said(events), said(events, 'stderr')]).toEqual(['out\n', 'err\n']);
  });

  it('tells what its agent says in the line protocol', async () => {
    const instruction = steps(
      { say: 'plain text\n' },
      { say: { type: 'progress', message: 'half', fraction: 0.5 } },
      { say: { type: 'message', text: 'hello', raw: { kind: 'x' } } },
      { say: { type: 'ended', outcome: 'succeeded', result: { json: { answer: 42 } } } },
    );
    expect(await worker.run(newTask({ framework: 'scripted', instruction }))).toMatchObject([
      { type: 'log', stream: 'stdout', text: 'plain text\n' },
      { type: 'progress', message: 'half', fraction: 0.5 },
      { type: 'message', text: 'hello', raw: { kind: 'x' } },
      { type: 'ended', outcome: 'succeeded', result: { json: { answer: 42 } } },
    ]);
  });

  it('fails as its agent says, or with its exit code', async () => {
    const word = { type: 'ended', outcome: 'failed', error: { code: 'NO_LUCK', message: 'None.' } };
    const own = await worker.run(newTask({ framework: 'scripted', instruction: steps({ say: word }) }));
    expect(ended(own)).toMatchObject({ outcome: 'failed', exitCode: 0, error: { code: 'NO_LUCK' } });
    const code = await worker.run(newTask({ framework: 'shell', instruction: 'echo partial; exit 3' }));
    expect(ended(code)).toMatchObject({
      outcome: 'failed',
      exitCode: 3,
      error: { code: 'AGENT_FAILED', message: 'The agent ended with exit code 3.' },
      result: { text: 'partial\n' },
    });
  });

  it('fails when its program is not there', async () => {
    await worker.restart({ agents: { gone: { command: ['/no/such/program'] } } });
    expect(ended(await worker.run(newTask()))).toMatchObject({
      outcome: 'failed',
      error: { code: 'AGENT_NOT_STARTED' },
    });
  });

  it('is told its task, and no secret in it', async () => {
    const task = newTask({
      framework: 'scripted',
      model: 'm1',
      instruction: steps({ echo: 'model' }, { echo: 'secrets' }),
    });
    const events = await worker.run({ ...task, secrets: { KEY: 'hidden-value' } });
    expect(events.filter(({ type }) => type === 'message').map(({ text }) => text)).toEqual(['"m1"', 'null']);
  });

  it('has its secrets in its environment, and shows them nowhere', async () => {
    const instruction = 'echo "the key is $KEY"; echo "$KEY" >&2; printf %s "$KEY" | wc -c';
    const task = newTask({
      framework: 'shell',
      instruction,
      secrets: { KEY: 'hidden-value' },
      environment: { MODE: 'x' },
    });
    const events = await worker.run(task);
    expect(ended(events)?.result?.text).toMatch(/^the key is \[secret KEY\]\n *12\n$/);
    expect(JSON.stringify(events)).not.toContain('hidden-value');
    expect(worker.filesWith('hidden-value')).toEqual([]);
  });

  it('has a result that is too large for an event as an artifact', async () => {
    const task = newTask({ framework: 'shell', instruction: 'head -c 2000000 /dev/zero | tr "\\0" x' });
    const events = await worker.run(task);
    expect(ended(events)?.result).toEqual({ artifact: 'result' });
    const call = { agentdispatch: 'artifact', invocationId: task.invocationId, name: 'result' };
    const bytes = await (await worker.post({ ...call, maxBytes: 1_500_000 })).text();
    const rest = await (await worker.post({ ...call, offset: 1_500_000 })).text();
    expect([bytes.length, rest.length, /^x+$/.test(bytes + rest)]).toEqual([1_500_000, 500_000, true]);
  });

  it('keeps of a flood what the limit allows, and tells once that more came', async () => {
    await worker.restart({ limits: { outputBytes: 100_000 } });
    const events = await worker.run(newTask({ framework: 'shell', instruction: 'yes | head -c 5000000' }));
    expect(typesOf(events).filter((type) => type === 'gap')).toHaveLength(1);
    expect(said(events).length).toBeLessThan(200_000);
    expect(ended(events)).toMatchObject({
      outcome: 'succeeded',
      result: { text: expect.stringMatching(/^(y\n){50000}$/) },
    });
  });

  it('tells its end in the line protocol also after a flood', async () => {
    await worker.restart({ limits: { outputBytes: 10_000 } });
    const flood = Array.from({ length: 500 }, (_, count) => ({
      say: { type: 'message', text: `${count}`.repeat(50) },
    }));
    const word = { type: 'ended', outcome: 'succeeded', result: { text: 'done' } };
    const events = await worker.run(newTask({ framework: 'scripted', instruction: steps(...flood, { say: word }) }));
    expect(events.slice(-3)).toMatchObject([
      { type: 'gap' },
      { stream: 'system' },
      { outcome: 'succeeded', result: { text: 'done' } },
    ]);
  });
});

describe('a start', () => {
  it('is done once, however often and fast it is repeated', async () => {
    const task = newTask({
      framework: 'shell',
      instruction: `echo ran >> ${join(worker.root, 'count')}; cat ${join(worker.root, 'count')}`,
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => worker.start(task)));
    expect(answers.map(({ error }) => error)).toEqual(Array.from({ length: 20 }, () => undefined));
    expect(new Set(answers.map(({ bootId }) => bootId)).size).toBe(1);
    const events = await worker.run(task);
    expect(ended(events)?.result).toEqual({ text: 'ran\n' });
    expect((await worker.start(task)).state).toBe('succeeded');
  });

  it.each([
    ['another task', { taskId: 'task_zzzzzzzzzzzzzzzzzzzzzzzzzz' }],
    ['another attempt', { attempt: 2 }],
  ])('is refused with the invocation id of %s', async (_what, other) => {
    const task = newTask({ framework: 'shell', instruction: 'true' });
    await worker.run(task);
    expect(await worker.start({ ...task, ...other })).toMatchObject({ error: { code: 'another_task' } });
  });

  it.each([
    ['an agent that is not configured', { framework: 'cobol' }, 'Configured are: scripted, shell.'],
    ['no agent, where none is the default', {}, 'The task names no framework. Configured are: scripted, shell.'],
    ['what the agent cannot take', { framework: 'shell', model: 'm' }, 'The agent shell does not take a model.'],
  ])('is refused with %s, and nothing is left of it', async (_what, part, message) => {
    const task = newTask(part);
    expect((await worker.start(task)).error).toEqual({ code: 'refused', message: expect.stringContaining(message) });
    const call = { agentdispatch: 'send', invocationId: task.invocationId, message: { id: 'm', text: 'x' } } as const;
    expect((await worker.call(call)).error?.code).toBe('unknown_run');
    expect(await worker.ping()).toMatchObject({ status: 'Healthy' });
  });

  it('is refused in the same way when it is repeated while the first one is undone', async () => {
    const sha256 = createHash('sha256').update('x').digest('hex');
    const paths = [...Array.from({ length: 300 }, (_, count) => `in/${count}`), 'in'];
    const task = newTask({ framework: 'shell', inputs: paths.map((path) => ({ path, sha256, text: 'x' })) });
    let isOver = false;
    const answers = [worker.start(task).finally(() => (isOver = true))];
    while (!isOver) {
      answers.push(worker.start(task));
      await sleep(1);
    }
    const codes = (await Promise.all(answers)).map(({ error }) => error?.code);
    expect([...new Set(codes)]).toEqual(['invalid']);
  });

  it('is told all that is wrong with its task, and no value of it', async () => {
    const bad = { ...newTask(), attempt: 0, secrets: { KEY: 7 }, instrucion: 'typo' };
    const { error } = await worker.call({ agentdispatch: 'start', task: bad as never });
    expect(error?.code).toBe('invalid');
    for (const part of ['/task/attempt', '/task/secrets/KEY', '/task/instrucion'])
      expect(error?.message).toContain(part);
  });

  it('is taken for a hundred runs at once, and for no more', async () => {
    const go = join(worker.root, 'go');
    const instruction = `while [ ! -e ${go} ]; do sleep 0.2; done; echo done`;
    const tasks = Array.from({ length: 100 }, () => newTask({ framework: 'shell', instruction }));
    await Promise.all(tasks.map((task) => worker.start(task)));
    expect(await worker.start(newTask({ framework: 'shell' }))).toMatchObject({ error: { code: 'full' } });
    expect(await worker.ping()).toMatchObject({ status: 'HealthyBusy' });
    writeFileSync(go, '');
    const ends = await Promise.all(tasks.map(async (task) => ended(await worker.run(task))));
    expect(ends.map((end) => [end?.outcome, end?.result?.text])).toEqual(tasks.map(() => ['succeeded', 'done\n']));
    expect(await worker.ping()).toMatchObject({ status: 'Healthy' });
  });
});

describe('a message', () => {
  const task = (...all: unknown[]) => newTask({ framework: 'scripted', instruction: steps(...all) });
  const send = (invocationId: string, message: { id: string; text: string; requestId?: string }) =>
    worker.call({ agentdispatch: 'send', invocationId, message });

  it('answers a question, once, and the run goes on', async () => {
    const asked = task(asking, { await: 'message' });
    await worker.start(asked);
    const events: WorkerEvent[] = [];
    for await (const event of worker.follow(asked.invocationId)) {
      events.push(event);
      if (event.type !== 'input_required') continue;
      expect(await send(asked.invocationId, { id: 'm0', text: 'x', requestId: 'other' })).toMatchObject({
        receipt: { state: 'rejected', reason: 'No question other is open.' },
        state: 'input_required',
      });
      const message = { id: 'm1', text: 'this one', requestId: 'q1' };
      expect(await send(asked.invocationId, message)).toMatchObject({
        receipt: { state: 'delivered' },
        state: 'running',
      });
      expect(await send(asked.invocationId, message)).toMatchObject({ receipt: { state: 'delivered' } });
    }
    expect(events).toMatchObject([
      { type: 'input_required', request: { requestId: 'q1' } },
      { type: 'input_received', requestId: 'q1' },
      { type: 'message', text: 'this one' },
      { type: 'ended', outcome: 'succeeded', result: { text: 'this one' } },
    ]);
  });

  it('is not waited for by a run that asked more than anyone keeps', async () => {
    const request = { requestId: 'q', question: 'y'.repeat(20_000), schema: { type: 'string' } };
    const many = Array.from({ length: 30 }, (_, count) => ({
      say: { type: 'input_required', request: { ...request, requestId: `q${count}` } },
    }));
    const events = await worker.run(task(...many));
    const asked = events.flatMap((event) => event.request ?? []);
    for (const question of asked) expect(JSON.stringify(question).length).toBeLessThan(16_384);
    expect(JSON.stringify(asked).length).toBeLessThan(66_000);
    expect(said(events, 'system')).toContain('was not passed on');
  });

  it('is no answer to a question that was withdrawn', async () => {
    const withdrawn = { say: { type: 'input_received', requestId: 'q1' } };
    const busy = task(asking, withdrawn, { await: 'message' });
    await worker.start(busy);
    for await (const event of worker.follow(busy.invocationId)) {
      if (event.type !== 'input_received') continue;
      expect(await send(busy.invocationId, { id: '__proto__', text: 'x', requestId: 'q1' })).toMatchObject({
        receipt: { state: 'rejected', reason: 'No question q1 is open.' },
        state: 'running',
      });
      await send(busy.invocationId, { id: 'm1', text: 'go on' });
    }
  });

  it('is rejected by an agent that has closed its ears', async () => {
    const instruction = `exec 0<&-; while [ ! -e ${join(worker.root, 'go')} ]; do sleep 0.05; done`;
    await worker.restart({
      agents: { closed: { command: ['/bin/sh', '-c', `echo closed; ${instruction}`], output: 'events' } },
    });
    const closed = newTask();
    await worker.start(closed);
    const receipts = [];
    for (let count = 0; receipts.at(-1)?.state !== 'rejected'; count += 1) {
      const { receipt } = await send(closed.invocationId, { id: `m${count}`, text: 'x' });
      receipts.push(receipt);
    }
    expect(receipts.at(-1)?.reason).toBe('The agent reads no messages any more.');
    writeFileSync(join(worker.root, 'go'), '');
  });

  it('reaches an agent that asked nothing, also right after the start, once for each id', async () => {
    const listening = task({ await: 'message' }, { await: 'message' });
    await worker.start(listening);
    const send1 = () => send(listening.invocationId, { id: 'm1', text: 'one' });
    const receipts = await Promise.all([send1(), send1(), send1()]);
    expect(receipts.map(({ receipt }) => receipt?.state)).toEqual(['delivered', 'delivered', 'delivered']);
    await send(listening.invocationId, { id: 'm2', text: 'two' });
    const events = await worker.run(listening);
    expect(events.filter(({ type }) => type === 'message').map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('is rejected by an agent that takes none, and after the end', async () => {
    const deaf = newTask({
      framework: 'shell',
      instruction: `while [ ! -e ${join(worker.root, 'go')} ]; do sleep 0.1; done`,
    });
    await worker.start(deaf);
    expect((await send(deaf.invocationId, { id: 'm1', text: 'x' })).receipt).toEqual({
      state: 'rejected',
      reason: 'The agent shell takes no messages while it works.',
    });
    writeFileSync(join(worker.root, 'go'), '');
    await worker.run(deaf);
    expect((await send(deaf.invocationId, { id: 'm2', text: 'x' })).receipt).toEqual({
      state: 'rejected',
      reason: 'The run has ended.',
    });
  });
});
