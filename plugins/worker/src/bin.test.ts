// The built program as a cloud or a provider starts it; needs `npm run build`.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkerAnswer, WorkerEvent, WorkerTask } from '@agent-dispatch/schemas';
import { readProcess } from './processes/process-identity.js';
import { ended, eventsIn, newTask, said } from './testdata/test-worker.js';

const program = fileURLToPath(new URL('../bin/agentdispatch-worker.js', import.meta.url));

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'worker-bin-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) await end(child, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}

interface Program {
  readonly child: ChildProcess;
  readonly url: string;
  readonly call: (body: unknown, headers?: Record<string, string>) => Promise<Response>;
}

async function start(...options: string[]): Promise<Program> {
  const config = {
    agents: { shell: { command: ['/bin/sh'] } },
    host: '127.0.0.1',
    port: 0,
    portFile: 'port',
    dataDirectory: 'data',
  };
  writeFileSync(join(folder, 'worker.json'), JSON.stringify(config));
  rmSync(join(folder, 'port'), { force: true });
  const args = [program, 'serve', '--config', join(folder, 'worker.json'), ...options];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  while (!existsSync(join(folder, 'port'))) {
    if (child.exitCode !== null) throw new Error(`The worker ended with ${child.exitCode}.`);
    await sleep(10);
  }
  const url = `http://127.0.0.1:${readFileSync(join(folder, 'port'), 'utf8').trim()}`;
  return {
    child,
    url,
    call: (body, headers) => fetch(`${url}/invocations`, { method: 'POST', body: JSON.stringify(body), headers }),
  };
}

const answer = async (response: Promise<Response>): Promise<WorkerAnswer> =>
  (await (await response).json()) as WorkerAnswer;

async function follow(
  { call }: Program,
  { invocationId }: WorkerTask,
  enough = (_events: WorkerEvent[]) => false,
): Promise<WorkerEvent[]> {
  const events: WorkerEvent[] = [];
  for await (const event of eventsIn(await call({ agentdispatch: 'follow', invocationId }))) {
    events.push(event);
    if (enough(events)) break;
  }
  return events;
}

const LONG = 'echo started >> count; cat count; sleep 1000 & echo $!; wait';

/** Begins a run that goes on for long. Returns the id of a process of it. */
async function startLong(worker: Program, task: WorkerTask): Promise<number> {
  await worker.call({ agentdispatch: 'start', task });
  const events = await follow(worker, task, (seen) => said(seen).split('\n').length > 2);
  return Number(said(events).trim().split('\n').at(-1));
}

describe('a job', () => {
  const job = (task: unknown) => {
    const config = '{"agents":{"shell":{"command":["/bin/sh"]}}}';
    const env = { ...process.env, AGENTDISPATCH_WORKER_CONFIG: config };
    const child = spawn(process.execPath, [program, 'job'], { cwd: folder, env });
    children.push(child);
    child.stdin.end(JSON.stringify(task));
    return child;
  };
  const outputOf = async (child: ReturnType<typeof job>): Promise<{ events: WorkerEvent[]; stderr: string }> => {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    const lines = stdout.split('\n').slice(0, -1);
    return { events: lines.map((line) => JSON.parse(line) as WorkerEvent), stderr };
  };

  it('prints its numbered events, its end last, and exits as it ended', async () => {
    const good = job(newTask({ instruction: 'echo out' }));
    const { events } = await outputOf(good);
    expect(events).toMatchObject([
      { seq: 1, type: 'log', text: 'out\n' },
      { seq: 2, type: 'ended', outcome: 'succeeded', result: { text: 'out\n' } },
    ]);
    const bad = job(newTask({ instruction: 'exit 3' }));
    expect(ended((await outputOf(bad)).events)).toMatchObject({ outcome: 'failed', exitCode: 3 });
    expect([good.exitCode, bad.exitCode]).toEqual([0, 1]);
  });

  it('ends its task when it is told to stop', async () => {
    const child = job(newTask({ instruction: 'echo started; sleep 1000' }));
    child.stdout.once('data', () => child.kill('SIGTERM'));
    const { events } = await outputOf(child);
    expect([said(events), ended(events)?.error?.code, child.exitCode]).toEqual(['started\n', 'WORKER_STOPPED', 1]);
  });

  it('ends its task when nobody reads what it prints', async () => {
    const pids = join(folder, 'pids');
    const instruction = `sleep 1000 & echo $! > ${pids}; while echo more; do sleep 0.1; done; wait`;
    const child = job(newTask({ instruction }));
    child.stdout.once('data', () => child.stdout.destroy());
    await once(child, 'exit');
    expect(await readProcess(Number(readFileSync(pids, 'utf8')))).toBeUndefined();
    expect(child.exitCode).toBe(1);
  });

  it.each([
    ['no task', 'what?', 'The task is malformed'],
    ['a task for another agent', newTask({ framework: 'cobol' }), 'Configured are: shell.'],
  ])('begins nothing with %s', async (_what, task, message) => {
    const child = job(task);
    expect(await outputOf(child)).toEqual({ events: [], stderr: expect.stringContaining(message) });
    expect(child.exitCode).toBe(1);
  });
});

describe('the worker', () => {
  it('stops its runs and exits when it is told to', async () => {
    const worker = await start();
    const task = newTask({ instruction: LONG });
    const pid = await startLong(worker, task);
    const events = follow(worker, task);
    expect(await end(worker.child, 'SIGTERM')).toBe(0);
    expect(ended(await events)).toMatchObject({ outcome: 'failed', error: { code: 'WORKER_STOPPED' } });
    expect(await readProcess(pid)).toBeUndefined();
  });

  it('that is told to stop again while it stops leaves no agent behind', async () => {
    const worker = await start();
    const task = newTask({ instruction: `trap '' TERM; ${LONG}` });
    const pid = await startLong(worker, task);
    const exited = end(worker.child, 'SIGTERM');
    await sleep(100);
    worker.child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(await readProcess(pid)).toBeUndefined();
  });

  it('that was killed leaves runs that a new one ends, and never runs again', async () => {
    const first = await start('--directory-per-run', 'false');
    const task = newTask({ instruction: LONG });
    const pid = await startLong(first, task);
    const { bootId } = await answer(first.call({ agentdispatch: 'start', task }));
    await end(first.child, 'SIGKILL');
    expect(await readProcess(pid)).toBeDefined();
    const second = await start('--directory-per-run', 'false');
    expect(await readProcess(pid)).toBeUndefined();
    const events = await follow(second, task);
    expect(events[0]).toMatchObject({ type: 'attached', bootId: expect.not.stringMatching(`^${bootId}$`) });
    expect(ended(events)).toMatchObject({ outcome: 'failed', error: { code: 'WORKER_RESTARTED' } });
    expect(said(events)).toBe(`started\n${pid}\n`);
    expect(await answer(second.call({ agentdispatch: 'start', task }))).toMatchObject({ state: 'failed' });
    expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('started\n');
  });

  it('takes only callers that bring its token, which is in no argument', async () => {
    writeFileSync(join(folder, 'token'), 't0ken\n');
    const { call } = await start('--token-file', 'token');
    const body = { agentdispatch: 'start', task: newTask({ instruction: 'true' }) };
    expect((await call(body)).status).toBe(401);
    expect((await call(body, { authorization: 'Bearer other' })).status).toBe(401);
    expect((await call(body, { authorization: 'Bearer t0ken' })).status).toBe(200);
  });

  it.each([
    ['http', 'GET', 'runs/nobody-knows-this/events', 404],
    ['a2a', 'GET', '.well-known/agent-card.json', 200],
    ['mcp', 'POST', 'mcp', 415],
    ['ag-ui', 'POST', 'invocations', 400],
  ])('speaks %s, and answers pings beside it', async (protocol, method, path, status) => {
    const { url } = await start('--protocol', protocol);
    expect((await fetch(`${url}/ping`)).status).toBe(200);
    expect((await fetch(`${url}/${path}`, { method })).status).toBe(status);
  });

  it('does not share its data directory', async () => {
    await start();
    await expect(start()).rejects.toThrow('The worker ended with 1.');
  });

  it.each([
    [['dance'], 'the command is one of serve, job, check'],
    [['check', '--protocol', 'morse'], '/protocol'],
    [['serve', '--porto', '1'], '--porto'],
    [['serve', '--port', 'x'], '/port'],
    [['serve', '--config', '/no/such/file'], '/no/such/file'],
    [['serve', '--token-file', '/no/such/file'], '/no/such/file'],
  ])('says what is wrong with %j, and ends', async (args, message) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder });
    children.push(child);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await once(child, 'close');
    expect([child.exitCode === 0, stderr]).toEqual([false, expect.stringContaining(message)]);
    expect(stderr).not.toContain('    at ');
  });
});
