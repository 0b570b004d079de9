import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import { sampleRecord } from '../testing/sample-task.js';
import { nodeFiles } from './node-files.js';
import { TaskPaths } from './task-paths.js';
import type { NewValues } from './task-store.js';
import { createLocalPlace, type LocalPlace } from './testdata/local-place.js';
import { diskError, watchedFiles } from './testdata/watched-files.js';

let place: LocalPlace;
beforeEach(async () => void (place = await createLocalPlace()));
afterEach(() => place.dispose());

const incoming = (): Promise<string[]> => readdir(join(place.stateDir, 'incoming'));
const directoryOf = (taskId: string): string => new TaskPaths(nodeFiles, place.stateDir).directory(taskId);
const put = (values: NewValues): Promise<unknown> => values.put((sha256) => sha256, Buffer.from('value'));

describe('values that came before their task', () => {
  it('are removed by the next opening when the process died over them', async () => {
    const record = sampleRecord();
    const store = await place.open();
    await new Promise<void>((resolve) => {
      const fill = async (values: NewValues): Promise<never> => {
        await put(values);
        resolve();
        return await new Promise<never>(() => undefined);
      };
      void store.create(record, { events: [], wakeAt: 0, fill });
    });
    expect(existsSync(directoryOf(record.taskId))).toBe(true);
    await place.kill(store);

    await (await place.open()).quiet();
    expect(existsSync(directoryOf(record.taskId))).toBe(false);
    expect(await incoming()).toEqual([]);
  });

  it('stay with a task that is there, though the process died before it could say so', async () => {
    const record = sampleRecord();
    const store = await place.open();
    await store.create(record, { events: [], wakeAt: 0, fill: async (values) => (await put(values), record) });
    expect(await incoming()).toEqual([]);
    await writeFile(join(place.stateDir, 'incoming', record.taskId), '');
    await place.kill(store);

    const next = await place.open();
    await next.quiet();
    expect(await incoming()).toEqual([]);
    const name = createHash('sha256').update('value').digest('hex');
    expect(Buffer.from((await next.getBlob(record.taskId, name, 0, 10)).bytes).toString()).toBe('value');
  });

  it('are removed by the next opening when the task could not be written', async () => {
    const record = sampleRecord();
    let isFull = false;
    const files = watchedFiles((operation, path) => {
      if (isFull && operation === 'write' && path.includes('/journal/')) throw diskError('ENOSPC');
      return undefined;
    });
    const store = await place.open({ files });
    const fill = async (values: NewValues): Promise<typeof record> => {
      await put(values);
      isFull = true;
      return record;
    };
    await expect(store.create(record, { events: [], wakeAt: 0, fill })).rejects.toMatchObject({
      code: 'AD_STORE_UNAVAILABLE',
    });
    isFull = false;
    await store.close();

    const next = await place.open();
    await next.quiet();
    expect(await next.get(record.taskId)).toBeUndefined();
    expect(existsSync(directoryOf(record.taskId))).toBe(false);
    expect(await incoming()).toEqual([]);
  });

  it('leave nothing behind when the task is refused', async () => {
    const record = sampleRecord();
    const store = await place.open();
    const fill = async (values: NewValues): Promise<never> => {
      await put(values);
      throw new DispatchError('AD_INPUT_INVALID', 'no');
    };
    await expect(store.create(record, { events: [], wakeAt: 0, fill })).rejects.toMatchObject({
      code: 'AD_INPUT_INVALID',
    });
    expect(existsSync(directoryOf(record.taskId))).toBe(false);
    expect(await incoming()).toEqual([]);
  });
});
