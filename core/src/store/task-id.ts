// Task ids: unguessable, ordered by creation time, and enough to find a task's directory without any index.
import { randomBytes } from 'node:crypto';
import { fromBase32, toBase32, toBigInt } from './base32.js';

const PATTERN = /^task_[0-9a-hjkmnp-tv-z]{26}$/;
const PREFIX = 'task_';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
const RANDOM_BYTES = 10;
const LATEST = 2 ** 48 - 1;

/** @param now epoch milliseconds. @param random cryptographically strong bytes. */
export function newTaskId(now: number, random: (size: number) => Uint8Array = randomBytes): string {
  if (!Number.isInteger(now) || now < 0 || now > LATEST) throw new TypeError(`not a time for a task id: ${now}`);
  return PREFIX + toBase32(BigInt(now), TIME_DIGITS) + toBase32(toBigInt(random(RANDOM_BYTES)), RANDOM_DIGITS);
}

export const isTaskId = (text: string): boolean => PATTERN.test(text);

/** The UTC day in a task's id, `yyyy-mm-dd`. TypeError when it is no task id. */
export function taskDay(taskId: string): string {
  if (!isTaskId(taskId)) throw new TypeError('not a task id');
  const time = Number(fromBase32(taskId.slice(PREFIX.length, PREFIX.length + TIME_DIGITS)));
  return new Date(Math.min(time, LATEST_DATE)).toISOString().slice(0, 10);
}

/** End of the four-digit years; later times share its day. */
const LATEST_DATE = Date.UTC(9999, 11, 31);
