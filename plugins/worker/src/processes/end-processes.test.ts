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

it('ends a group whose leader is gone, also where its members bear no mark, but only when it is surely ours', async () => {
  const mark = 'scrubbed-00000001';
  const child = spawn('/bin/sh', ['-c', 'env -i sleep 1000 & echo $!; read _'], { detached: true });
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  const leader = await identify(Number(child.pid));
  const member = await identify(Number(printed.toString()));
  if (!leader || !member) throw new Error('They have ended already.');
  child.stdin.end();
  await once(child, 'exit');
  await endProcesses({ leader, mark }, 50);
  expect(await isRunning(member)).toBe(true);
  await endProcesses({ leader, mark, isOurs: true }, 1_000);
  expect(await isRunning(member)).toBe(false);
});

it('does not touch a process that was given the number of the leader since', async () => {
  const leader = await start('echo ready; sleep 1000', 'other-0000000001');
  expect(await endProcesses({ leader: { ...leader, startTime: 'earlier' }, mark: 'nobody-000000001' }, 50)).toBe(true);
  expect(await isRunning(leader)).toBe(true);
  await endProcesses({ leader, mark: 'other-0000000001' }, 1_000);
});
