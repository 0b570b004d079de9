import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Bench, collect, freshDriver, hasText, shell, TASK } from './testdata/bench.js';
import { shimOf } from './testdata/processes.js';
import { isRunning } from './attempt/process-identity.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const VERIFIED = [{ id: `${TASK}-1`, proof: 'verified' }];

it('cleanup leaves nothing of the attempt and may be repeated', async () => {
  const { driver, handle, context } = await bench.run(shell('mkdir -p a/b; echo x > a/b/c; chmod 500 a/b a'));
  expect(await driver.cleanup(handle.resources, handle, context)).toEqual(VERIFIED);
  expect(readdirSync(dirname(bench.paths.root))).toEqual([]);
  expect(await driver.cleanup(handle.resources, handle, context)).toEqual(VERIFIED);
  expect(await driver.cancel(handle, context)).toBe('stopped');
  expect(readdirSync(dirname(bench.paths.root))).toEqual([]);
});

it('cleanup of what was never made is verified', async () => {
  const driver = await freshDriver();
  const context = bench.context(shell('true'));
  const handle = driver.plan(context.request, context);
  expect(await driver.cleanup(handle.resources, handle, context)).toEqual(VERIFIED);
  expect(existsSync(bench.directory)).toBe(false);
});

it('cleanup stops what still runs first', async () => {
  const { driver, handle, context } = await bench.prepare(shell('echo on; exec sleep 300'));
  await collect(driver.start(handle, context), hasText('on'));
  const shim = shimOf(bench);
  expect(await driver.cleanup(handle.resources, handle, context)).toEqual(VERIFIED);
  expect(isRunning(shim)).toBe(false);
});

it('cleanup never touches the borrowed directory', async () => {
  const directory = join(bench.root, 'project');
  mkdirSync(directory);
  const { driver, handle, context } = await bench.run(shell('echo x > kept', {}, { directory }));
  const owned = handle.resources.filter(({ scope }) => scope !== 'borrowed');
  expect(await driver.cleanup(owned, handle, context)).toEqual(VERIFIED);
  expect(readdirSync(directory)).toEqual(['kept']);
  await expect(driver.cleanup(handle.resources, handle, context)).rejects.toMatchObject({
    code: 'AD_PROVIDER_INTERNAL',
  });
  expect(readdirSync(directory)).toEqual(['kept']);
});

it.each(['../../outside', '/etc', '..', `${TASK}-1/../../../outside`, 'task_of_another-1', ''])(
  'cleanup refuses the foreign resource %j',
  async (id) => {
    mkdirSync(join(bench.root, 'outside'));
    const { driver, handle, context } = await bench.prepare(shell('true'));
    const foreign = [{ id, kind: 'attempt-directory', scope: 'attempt' }];
    await expect(driver.cleanup(foreign, handle, context)).rejects.toMatchObject({ code: 'AD_PROVIDER_INTERNAL' });
    expect([existsSync(join(bench.root, 'outside')), existsSync(bench.paths.root)]).toEqual([true, true]);
  },
);

it('cleanup does not follow links, neither in the directory nor in its place', async () => {
  const outside = join(bench.root, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'kept'), '');
  const { driver, handle, context } = await bench.run(shell(`ln -s '${outside}' way`));
  expect(await driver.cleanup(handle.resources, handle, context)).toEqual(VERIFIED);
  symlinkSync(outside, bench.paths.root);
  expect(await driver.cleanup(handle.resources, handle, context)).toEqual(VERIFIED);
  expect([readdirSync(outside), existsSync(bench.paths.root)]).toEqual([['kept'], false]);

  const attempts = dirname(bench.paths.root);
  renameSync(attempts, join(bench.root, 'elsewhere'));
  mkdirSync(join(outside, `${TASK}-1`));
  symlinkSync(outside, attempts);
  await expect(driver.cleanup(handle.resources, handle, context)).rejects.toMatchObject({
    code: 'AD_PROVIDER_INTERNAL',
  });
  expect(existsSync(join(outside, `${TASK}-1`))).toBe(true);
  renameSync(attempts, join(bench.root, 'link'));
});

it('no verb acts on a handle of another task', async () => {
  const { driver, handle, context } = await bench.prepare(shell('true'));
  const stranger = { ...context, taskId: 'task_of_another' };
  await expect(driver.cancel(handle, stranger)).rejects.toMatchObject({ code: 'AD_PROVIDER_INTERNAL' });
  await expect(collect(driver.start(handle, stranger))).rejects.toMatchObject({ code: 'AD_PROVIDER_INTERNAL' });
});
