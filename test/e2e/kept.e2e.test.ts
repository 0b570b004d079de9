// What outlives a task, as a user meets it: a directory that is kept and gone on in, and what gc finds and removes.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { CollectGarbageOutput, TaskView } from '@agent-dispatch/schemas';
import { jsonOfCli, runCli } from './support/cli.js';
import { Place } from './support/place.js';

const TEST_MS = 120_000;
/** A task that no state directory here has ever known. */
const LEFT_OVER = 'task_01arz3ndektsv4rrffq69g5fav-1';

let place: Place;
beforeEach(async () => {
  const details = { command: ['sh', '-c', 'cat >> said; cat said'], keepSeconds: 3600 };
  place = await Place.make({
    accounts: { here: { provider: 'local' } },
    runtimes: { agent: { account: 'here', target: { mode: 'runtime', protocol: 'stdio', details } } },
  });
});
afterEach(() => place.end(), TEST_MS);

const gc = async (...flags: string[]): Promise<unknown[]> => {
  const { findings } = await jsonOfCli<CollectGarbageOutput>(place, ['gc', ...flags]);
  return findings.map(({ resource_id, state, action }) => [resource_id, state, action]);
};

it(
  'a task goes on where an ended one has worked; gc shows what is kept and removes what no task holds',
  async () => {
    const first = await jsonOfCli<TaskView>(place, ['run', 'one. ', '--wait']);
    const kept = `workspace/${first.task_id}-1`;
    expect(await gc()).toEqual([[kept, 'kept', 'none']]);
    expect(await runCli(place, ['run', 'two.', '--continue-from', first.task_id, '--wait'])).toMatchObject({
      code: 0,
      stdout: 'one. two.',
    });

    const leftOver = path.join(await place.stateDir(), 'providers', 'local', 'attempts', LEFT_OVER);
    mkdirSync(leftOver);
    expect(await gc()).toContainEqual([LEFT_OVER, 'leaked', 'none']);
    expect(existsSync(leftOver)).toBe(true);
    const applied = await gc('--apply');
    expect(applied).toContainEqual([LEFT_OVER, 'leaked', 'removed']);
    expect(applied).toContainEqual([kept, 'kept', 'none']);
    expect(existsSync(leftOver)).toBe(false);

    // Both keep it: only when the second gives it up as well is it gone.
    const { tasks } = await jsonOfCli<{ tasks: TaskView[] }>(place, ['list']);
    for (const { task_id } of tasks) await runCli(place, ['cancel', task_id]);
    expect((await jsonOfCli<{ tasks: TaskView[] }>(place, ['list'])).tasks.map(({ status }) => status)).toEqual([
      'succeeded',
      'succeeded',
    ]);
    // Its removal goes on after the answer to the cancel.
    while ((await gc()).length > 0) expect(await gc()).not.toContainEqual([kept, 'kept', 'none']);
    expect(
      existsSync(path.join(await place.stateDir(), 'providers', 'local', kept.replace('workspace', 'workspaces'))),
    ).toBe(false);
  },
  TEST_MS,
);
