import { describe, expect, it } from '@jest/globals';
import { ALL_TASKS, Watchers } from './watchers.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Watchers', () => {
  it('merge what changes in one turn', async () => {
    const watchers = new Watchers();
    const heard: string[] = [];
    watchers.watch('a', (taskId) => heard.push(taskId));
    watchers.watch(ALL_TASKS, (taskId) => heard.push(`all ${taskId}`));
    for (const taskId of ['a', 'b', 'a', 'a']) watchers.changed([taskId]);
    expect(heard).toEqual([]);
    await turn();
    expect(heard).toEqual(['a', 'all a', 'all b']);
    watchers.changed(['a']);
    await turn();
    expect(heard.slice(3)).toEqual(['a', 'all a']);
  });

  it('tell the others when one listener fails, and log it', async () => {
    const warned: unknown[] = [];
    const logger = { debug: () => undefined, info: () => undefined, warn: (...call: unknown[]) => warned.push(call) };
    const watchers = new Watchers(logger);
    const heard: string[] = [];
    watchers.watch('a', () => {
      throw new Error('broken');
    });
    watchers.watch('a', (taskId) => heard.push(taskId));
    watchers.changed(['a']);
    await turn();
    expect(heard).toEqual(['a']);
    expect(warned).toEqual([[expect.any(String), { taskId: 'a', error: 'Error: broken' }]]);
  });
});
