import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { endProcesses } from './end-processes.js';
import { identify, isRunning, type ProcessIdentity } from './process-identity.js';
import { MARK } from './process-table.js';

async function start(script: string, mark: string): Promise<ProcessIdentity> {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, env: { ...process.env, [MARK]: mark } });
  await once(child.stdout, 'data');
  const leader = await identify(Number(child.pid));
  if (!leader) throw new Error('It has ended already.');
  return leader;
}

it('kills what does not listen, when its time is over', async () => {
  const leader = await start("trap '' TERM; echo ready; while :; do sleep 0.1; done", 'stubborn-0000001');
  expect(await endProcesses({ leader, mark: 'stubborn-0000001' }, 50)).toBe(true);
  expect(await isRunning(leader)).toBe(false);
});

it('finds by its mark alone what nobody recorded, and touches nothing else', async () => {
  const lost = await start('echo ready; sleep 1000', 'lost-00000000001');
  const other = await start('echo ready; sleep 1000', 'lost-00000000002');
  expect(await endProcesses({ mark: 'lost-00000000001' }, 1_000)).toBe(true);
  expect([await isRunning(lost), await isRunning(other)]).toEqual([false, true]);
  await endProcesses({ mark: 'lost-00000000002' }, 1_000);
});

it('does not touch a process that was given the number of the leader since', async () => {
  const leader = await start('echo ready; sleep 1000', 'other-0000000001');
  expect(await endProcesses({ leader: { ...leader, startTime: 'earlier' }, mark: 'nobody-000000001' }, 50)).toBe(true);
  expect(await isRunning(leader)).toBe(true);
  await endProcesses({ leader, mark: 'other-0000000001' }, 1_000);
});
