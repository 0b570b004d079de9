// Where in which run following stands: the run's names, kept in the handle, and the event after which it goes on, in the cursor.
import type { Handle } from '@agent-dispatch/schemas';
import type { DriverContext } from '../../../provider/index.js';
import { invocationIdOf } from '../../worker/task.js';

export interface Place {
  readonly invocationId: string;
  /** Of the machine that has the run; undefined when none is known to have answered. */
  readonly bootId: string | undefined;
  /** Number of the last event that was stored. */
  readonly after: number;
}

/** @returns as far as the handle and the cursor know it. */
export function placeOf(handle: Handle, context: DriverContext): Place {
  const bootId = handle.conversation?.['bootId'];
  const told = readCursor(context.cursor);
  const known = typeof bootId === 'string' ? bootId : told?.bootId;
  return {
    invocationId: invocationIdOf(context),
    bootId: known,
    after: told !== undefined && told.bootId === known ? told.seq : 0,
  };
}

/** The handle that leads to the run again; undefined when it is the same. */
export function handleAt(handle: Handle, invocationId: string, bootId: string): Handle | undefined {
  const { conversation } = handle;
  if (conversation?.['invocationId'] === invocationId && conversation['bootId'] === bootId) return undefined;
  return { ...handle, conversation: { ...conversation, invocationId, bootId } };
}

export const cursorAt = (bootId: string, seq: number): string => `${bootId}:${seq}`;

function readCursor(cursor = ''): { bootId: string; seq: number } | undefined {
  const [, bootId, digits] = /^(.+):(\d{1,15})$/s.exec(cursor) ?? [];
  return bootId === undefined ? undefined : { bootId, seq: Number(digits) };
}
