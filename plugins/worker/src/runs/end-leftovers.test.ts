// What a worker that was killed leaves running, with real processes that bear no mark: the record alone leads to them.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { identify } from '../processes/process-identity.js';
import { endLeftovers } from './end-leftovers.js';

let data: string;
let agent: ChildProcess;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'leftovers-'));
  agent = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  await once(agent, 'spawn');
});
afterEach(async () => {
  agent.kill('SIGKILL');
  await rm(data, { recursive: true });
});

async function record(more: object): Promise<void> {
  const run = join(data, 'runs', 'inv_of_a_test_that_ended');
  await mkdir(run, { recursive: true });
  await writeFile(join(run, 'run.json'), JSON.stringify({ leader: await identify(agent.pid ?? 0), ...more }));
}

it('ends the agent of a run that had not ended', async () => {
  await record({});
  const exited = once(agent, 'exit');
  expect(await endLeftovers(data)).toBe(true);
  expect(await exited).toEqual([null, 'SIGTERM']);
});

it('leaves alone what has the number of an agent that ended in order', async () => {
  await record({ endedAt: 1 });
  expect(await endLeftovers(data)).toBe(true);
  expect(agent.exitCode ?? agent.signalCode).toBeNull();
});

it('has nothing to end where no worker ever was', async () => {
  expect(await endLeftovers(join(data, 'nowhere'))).toBe(true);
});
