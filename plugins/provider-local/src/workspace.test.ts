// A directory that is kept after the end of its task, and in which another task goes on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PlanContext, SweptResource } from '@agent-dispatch/core/provider';
import { Bench, freshDriver, shell, TASK } from './testdata/bench.js';

const NEXT = 'task_01arz3ndektsv4rrffq69g5fbw';
const KEEP = { keepSeconds: 600 };

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const workspace = (): string => join(bench.directory, 'workspaces', `${TASK}-1`);
const kept = { id: `workspace/${TASK}-1`, kind: 'workspace', scope: `shared:workspace/${TASK}-1`, keepSeconds: 600 };

/** A task that left a file, and what the next one is told of it. */
async function ended(): Promise<{ continued: NonNullable<PlanContext['continued']> }> {
  const { handle, ended: end } = await bench.run(shell('echo before > file', {}, KEEP));
  expect(end.outcome).toBe('succeeded');
  return { continued: { taskId: TASK, handle } };
}

describe('a kept directory', () => {
  it('is a resource of its own, shared with whoever continues there', async () => {
    const { continued } = await ended();
    expect(continued.handle.resources).toEqual([
      { id: `${TASK}-1`, kind: 'attempt-directory', scope: 'attempt' },
      kept,
    ]);
    const context = bench.context(shell('true', {}, KEEP), { taskId: NEXT, continued });
    const handle = (await freshDriver()).plan(context.request, context);
    expect(handle.resources).toEqual([{ id: `${NEXT}-1`, kind: 'attempt-directory', scope: 'attempt' }, kept]);
  });

  it('is where the next task works, and outlives the attempts that worked there', async () => {
    const { continued } = await ended();
    const next = await bench.run(shell('cat file; echo after >> file', {}, KEEP), { taskId: NEXT, continued });
    expect(next.ended).toMatchObject({ outcome: 'succeeded', result: { text: 'before\n' } });
    const [attempt, shared] = next.handle.resources;
    const { driver, handle, context } = next;
    expect(await driver.cleanup(attempt ? [attempt] : [], handle, context)).toMatchObject([{ proof: 'verified' }]);
    expect(bench.read('file', workspace())).toBe('before\nafter\n');
    expect(await driver.cleanup(shared ? [shared] : [], handle, context)).toEqual([{ id: kept.id, proof: 'verified' }]);
    expect(existsSync(workspace())).toBe(false);
    expect(await driver.cleanup(shared ? [shared] : [], handle, context)).toEqual([{ id: kept.id, proof: 'verified' }]);
  });

  it('that is gone meanwhile is no place to go on, and nothing is begun', async () => {
    const { continued } = await ended();
    const { driver, handle, context } = await bench.prepare(shell('true', {}, KEEP));
    await driver.cleanup([kept], handle, context);
    const preparing = bench.prepare(shell('true', {}, KEEP), { taskId: NEXT, continued });
    await expect(preparing).rejects.toMatchObject({ code: 'AD_PROVIDER_TARGET_INVALID' });
  });
});

describe('a task that did not keep its directory', () => {
  it('cannot be continued: the refusal says what to do', async () => {
    const { driver, handle } = await bench.run(shell('true'));
    const context = bench.context(shell('true'), { taskId: NEXT, continued: { taskId: TASK, handle } });
    expect(() => driver.plan(context.request, context)).toThrow(
      expect.objectContaining({
        code: 'AD_PROVIDER_TARGET_INVALID',
        message: expect.stringContaining('give its runtime the detail keepSeconds'),
      }),
    );
  });
});

describe('sweep', () => {
  const swept = async (): Promise<SweptResource[]> => {
    const { request: _request, ...context } = bench.context(shell('true'));
    const found: SweptResource[] = [];
    for await (const one of (await freshDriver()).sweep(context)) found.push(one);
    return found;
  };

  it('finds nothing where nothing was ever made', async () => {
    expect(await swept()).toEqual([]);
  });

  it('finds attempts and workspaces, each with a handle by which it is removed', async () => {
    const { driver, context } = await bench.run(shell('true', {}, KEEP));
    const found = await swept();
    expect(found.map(({ taskId, installationId }) => [taskId, installationId])).toEqual([
      [TASK, bench.installationId],
      [TASK, bench.installationId],
    ]);
    expect(found.flatMap(({ handle }) => handle.resources.map(({ id }) => id))).toEqual([`${TASK}-1`, kept.id]);
    for (const { handle } of found) {
      expect(await driver.cleanup(handle.resources, handle, context)).toMatchObject([{ proof: 'verified' }]);
    }
    expect(await swept()).toEqual([]);
  });
});
