import { describe, expect, it } from '@jest/globals';
import { isTaskId, newTaskId, taskDay } from './task-id.js';

describe('task ids', () => {
  it('fit the contract and hold their creation day', () => {
    const id = newTaskId(Date.UTC(2026, 10, 5, 23, 59, 59, 999));
    expect(id).toMatch(/^task_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(taskDay(id)).toBe('2026-11-05');
  });

  it('encode time first, then the random bytes', () => {
    expect(newTaskId(1, () => new Uint8Array(10))).toBe('task_00000000010000000000000000');
    expect(newTaskId(32, () => new Uint8Array(10).fill(255))).toBe('task_0000000010zzzzzzzzzzzzzzzz');
  });

  it('sort by creation time', () => {
    const times = [0, 1, 31, 32, 1_700_000_000_000, 2 ** 48 - 1];
    const ids = times.map((time) => newTaskId(time));
    expect([...ids].sort()).toEqual(ids);
  });

  it('differ when made at the same time', () => {
    expect(new Set(Array.from({ length: 1000 }, () => newTaskId(5))).size).toBe(1000);
  });

  it.each([
    '',
    'task_',
    'task_../../../../etc/passwd00000',
    `task_${'l'.repeat(26)}`,
    `x${newTaskId(1)}`,
    `${newTaskId(1)}\n`,
  ])('are refused when malformed: %j', (text) => {
    expect(isTaskId(text)).toBe(false);
    expect(() => taskDay(text)).toThrow(TypeError);
  });

  it('have a day even where the time is out of range', () => {
    expect(taskDay(`task_${'z'.repeat(26)}`)).toBe('9999-12-31');
  });
});
