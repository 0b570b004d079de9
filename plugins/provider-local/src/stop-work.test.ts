import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { isRunning } from './attempt/process-identity.js';
import { Bench, collect, endOf, freshDriver, hasText, shell } from './testdata/bench.js';
import { anythingRuns, shimOf } from './testdata/processes.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

it('cancel before anything was made stops every later start', async () => {
  const request = shell(`touch '${bench.root}/ran'`);
  const driver = await freshDriver();
  const context = bench.context(request);
  const handle = driver.plan(request, context);
  expect(await driver.cancel(handle, context)).toBe('stopped');
  const { ended } = await bench.run(request);
  expect(ended).toEqual({ type: 'ended', outcome: 'cancelled' });
  expect(existsSync(`${bench.root}/ran`)).toBe(false);
});

it('cancel between provision and start stops the start, and resume says so', async () => {
  const { driver, handle, context } = await bench.prepare(shell('true'));
  expect(await driver.cancel(handle, context)).toBe('stopped');
  expect(await collect(driver.start(handle, context))).toEqual([{ type: 'ended', outcome: 'cancelled' }]);
  expect(await collect(driver.resume(handle, context))).toEqual([{ type: 'ended', outcome: 'cancelled' }]);
});

it('cancel during the work ends it with all its descendants, and says so to who follows', async () => {
  const request = shell('sh -c "sleep 300 & sleep 300" & setsid sleep 300 & echo on; wait');
  const { driver, handle, context } = await bench.prepare(request);
  const events = [];
  for await (const event of driver.start(handle, context)) {
    events.push(event);
    if (!hasText('on')(event)) continue;
    expect(anythingRuns(bench)).toBe(true);
    expect(await (await freshDriver()).cancel(handle, context)).toBe('stopped');
    expect([anythingRuns(bench), isRunning(shimOf(bench))]).toEqual([false, false]);
  }
  expect(endOf(events).outcome).toBe('cancelled');
});

it('cancel kills work that ignores being asked, and work that is stopped', async () => {
  const request = shell('trap "" TERM HUP INT; sh -c "kill -STOP \\$\\$" & echo on; while :; do sleep 1; done');
  const { driver, handle, context } = await bench.prepare(request);
  await collect(driver.start(handle, context), hasText('on'));
  expect(await driver.cancel(handle, context)).toBe('stopped');
  expect(anythingRuns(bench)).toBe(false);
}, 20_000);

it('cancel stops the work of a shim that was killed', async () => {
  const { driver, handle, context } = await bench.prepare(shell('echo on; exec sleep 300'));
  await collect(driver.start(handle, context), hasText('on'));
  process.kill(shimOf(bench).pid, 'SIGKILL');
  expect(await driver.cancel(handle, context)).toBe('stopped');
  expect(anythingRuns(bench)).toBe(false);
  expect(endOf(await collect(driver.resume(handle, context))).outcome).toBe('cancelled');
});

it('cancel again, at once and afterwards, has no further effect', async () => {
  const { driver, handle, context } = await bench.prepare(shell('echo on; exec sleep 300'));
  await collect(driver.start(handle, context), hasText('on'));
  const levels = await Promise.all([driver.cancel(handle, context), driver.cancel(handle, context)]);
  expect([...levels, await driver.cancel(handle, context)]).toEqual(['stopped', 'stopped', 'stopped']);
});

it('cancel after the end leaves the outcome as it was', async () => {
  const { driver, handle, context, ended } = await bench.run(shell('exit 5'));
  expect(await driver.cancel(handle, context)).toBe('stopped');
  expect(endOf(await collect(driver.resume(handle, context)))).toEqual(ended);
});

it('a signal from elsewhere to the shim ends the work as failed, not as cancelled', async () => {
  const { driver, handle, context } = await bench.prepare(shell('echo on; exec sleep 300'));
  const events = [];
  for await (const event of driver.start(handle, context)) {
    events.push(event);
    if (hasText('on')(event)) process.kill(shimOf(bench).pid, 'SIGTERM');
  }
  expect(endOf(events)).toMatchObject({ outcome: 'failed', error: { code: 'AD_TASK_FAILED' } });
  expect(anythingRuns(bench)).toBe(false);
});
