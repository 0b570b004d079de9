import { describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { StoredTask } from '../store/index.js';
import { waitProgress } from './wait-progress.js';

const task = (taskId: string, more: Partial<TaskRecord>): StoredTask =>
  ({ record: { taskId, status: 'running', createdAt: 0, ...more } }) as StoredTask;

describe('waitProgress', () => {
  it.each([
    ['of one task, its state alone', [task('a', {})], 'running'],
    [
      'of one task, what its agent says',
      [task('a', { progress: { message: 'compiling', fraction: 0.404 } })],
      'running 40%: compiling',
    ],
    [
      'of several, how many have ended and the liveliest of the others',
      [
        task('a', { status: 'succeeded', lastActivityAt: 9 }),
        task('b', { lastActivityAt: 5, progress: { message: 'reading' } }),
        task('c', { lastActivityAt: 3 }),
      ],
      '1 of 3 tasks ended; b: running: reading',
    ],
    [
      'on one line, without what steers a terminal',
      [task('a', { progress: { message: 'a\n\u001b[31mb\u202e' } })],
      'running: a [31mb',
    ],
    ['when all have ended', [task('a', { status: 'failed' })], '1 of 1 tasks ended'],
  ])('says %s', (_what, tasks, text) => {
    expect(waitProgress(tasks)).toBe(text);
  });

  it('stays short', () => {
    expect(waitProgress([task('a', { progress: { message: 'x'.repeat(2000) } })]).length).toBeLessThan(150);
  });
});
