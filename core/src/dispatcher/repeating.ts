// Which calls are made once more when the dispatcher goes away under them: those that change nothing, or the same again.
import { randomUUID } from 'node:crypto';
import { isRecord } from '../config/record.js';
import type { Caller, Operation } from '../control-plane.js';

const READING: ReadonlySet<Operation> = new Set<Operation>([
  'explain',
  'get',
  'list',
  'logs',
  'result',
  'wait',
  'watch',
  'cancel',
  'runtimes',
  'check',
]);

/** @param caller its call id makes a repeated spawn the same task, as a key does. */
export function canBeRepeated(operation: Operation, input: unknown, caller: Caller | undefined): boolean {
  if (READING.has(operation)) return true;
  if (operation === 'send') return has(input, 'message_id');
  return operation !== 'gc' && (caller?.callId !== undefined || has(input, 'idempotency_key'));
}

/** A message gets its id here, so that it is sent once however often it is given to a dispatcher. */
export function repeatable(operation: Operation, input: unknown): unknown {
  if (operation !== 'send' || !isRecord(input) || input['message_id'] !== undefined) return input;
  return { ...input, message_id: `msg_${randomUUID()}` };
}

/** The input with what is left of the seconds that the call may wait. */
export function shortened(operation: Operation, input: unknown, passedMs: number): unknown {
  const name = WAITS[operation];
  if (name === undefined || !isRecord(input)) return input;
  const seconds = input[name];
  if (typeof seconds !== 'number' || seconds <= 0) return input;
  return { ...input, [name]: Math.max(Math.floor(seconds - passedMs / 1000), 0) };
}

const WAITS: Partial<Record<Operation, string>> = {
  wait: 'timeout_seconds',
  watch: 'timeout_seconds',
  spawn: 'wait_seconds',
  dispatch: 'wait_seconds',
};

const has = (input: unknown, name: string): boolean => isRecord(input) && input[name] !== undefined;
