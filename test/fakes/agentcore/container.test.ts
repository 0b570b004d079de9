// Real programs as containers: one for each microVM, gone with it and all that it began.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { processesWith } from '../../e2e/support/processes.js';
import { container, type Container, type FakeAgentCore, startFakeAgentCore, workerContainer } from './index.js';
import { dataClient, invoke, sessionId, stop, type Target, textOf } from './sdk-clients.js';

let fake: FakeAgentCore;
afterEach(() => fake.close());

const MARK = `container-of-a-test-${process.pid}`;

/** Tells who it is, and has begun another program in a group of its own. */
const PROGRAM = `
const { createServer } = require('node:http');
const { spawn } = require('node:child_process');
spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', process.env.MARK], { detached: true, stdio: 'ignore' });
const server = createServer((request, response) => {
  if (request.url === '/ping') return response.end(JSON.stringify({ status: 'Healthy' }));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ pid: process.pid, directory: process.cwd(), depth: process.env.DEPTH }));
});
server.listen(0, '127.0.0.1', () => {
  const { renameSync, writeFileSync } = require('node:fs');
  writeFileSync(process.env.PORT_FILE + '.new', String(server.address().port));
  renameSync(process.env.PORT_FILE + '.new', process.env.PORT_FILE);
});
`;

async function start(made: Container = program()): Promise<Target> {
  fake = await startFakeAgentCore({ agents: { researcher: made.agent } });
  return { fake, client: dataClient(fake), session: sessionId('a') };
}

const program = (): Container =>
  container({
    command: [process.execPath, '-e', PROGRAM],
    environment: (_vm, portFile) => ({ PORT_FILE: portFile, MARK }),
  });
const told = async (target: Target) =>
  JSON.parse(await textOf(await invoke(target))) as { pid: number; directory: string };

async function untilGone(): Promise<void> {
  while ((await processesWith(MARK)).length > 0) await delay(20);
}

describe('a program as the container', () => {
  it('is one for each session, in a directory of its own, and kept between calls', async () => {
    const one = await start();
    const two = { ...one, session: sessionId('b') };
    const [first, again, other] = [await told(one), await told(one), await told(two)];
    expect(again).toEqual(first);
    expect([other.pid === first.pid, other.directory === first.directory]).toEqual([false, false]);
  });

  it('is killed with its session, and with it what it began', async () => {
    const target = await start();
    await told(target);
    expect((await processesWith(MARK)).length).toBeGreaterThanOrEqual(2);
    await stop(target);
    await untilGone();
    expect(fake.sessions()).toMatchObject([{ state: 'stopped' }]);
  });

  it('that crashes takes its microVM along: the next call finds another', async () => {
    const made = program();
    const target = await start(made);
    const before = await told(target);
    expect(made.crash(target.session)).toBe(true);
    await fake.when(() => fake.sessions()[0]?.state === 'expired');
    expect((await told(target)).pid).not.toBe(before.pid);
    expect(fake.sessions()[0]?.bootIds).toHaveLength(2);
  });

  it('that never listens is a container that failed', async () => {
    const made = container({ command: [process.execPath, '-e', 'process.exit(1)'], environment: () => ({}) });
    await expect(told(await start(made))).rejects.toMatchObject({ name: 'RuntimeClientError' });
  });
});

it("AgentDispatch's worker is a container", async () => {
  const agents = { shell: { command: ['/bin/sh'] } };
  const target = await start(workerContainer({ agents }));
  const ask = async (call: object): Promise<string> =>
    textOf(await invoke(target, { payload: Buffer.from(JSON.stringify(call)), accept: 'application/x-ndjson' }));
  const invocationId = 'invocation-of-a-test';
  const task = { invocationId, taskId: `task_${'0'.repeat(26)}`, attempt: 1, instruction: 'echo hello' };
  expect(JSON.parse(await ask({ agentdispatch: 'start', task }))).toMatchObject({ worker: 1 });
  expect(await ask({ agentdispatch: 'follow', invocationId })).toMatch(/"text":"hello\\n".*"outcome":"succeeded"/s);
});
