// Cursors of the front doors: opaque to callers, bound to the tasks they were made for.
import { isRecord } from '../config/record.js';
import { DispatchError } from '../errors/index.js';

const VERSION = 1;

/** Task id -> sequence number of the latest event seen. */
export type EventPlaces = Readonly<Record<string, number>>;

export const eventCursor = (places: EventPlaces): string => encode({ v: VERSION, e: places });

/** Errors: AD_INPUT_CURSOR. A cursor may know more tasks or fewer than are asked for. */
export function readEventCursor(cursor: string | undefined): EventPlaces {
  if (cursor === undefined) return {};
  const { e: places } = decode(cursor);
  if (!isRecord(places) || !Object.values(places).every(isPlace)) throw malformed();
  return places as EventPlaces;
}

export const logCursor = (taskId: string, offset: number): string => encode({ v: VERSION, t: taskId, o: offset });

/** Bytes from the beginning of the task's log. Errors: AD_INPUT_CURSOR. */
export function readLogCursor(cursor: string | undefined, taskId: string): number {
  if (cursor === undefined) return 0;
  const { t, o } = decode(cursor);
  if (t !== taskId)
    throw new DispatchError('AD_INPUT_CURSOR', `the cursor belongs to another task than ${taskId}`, {
      problems: [{ pointer: '/cursor', message: 'belongs to another task' }],
    });
  if (!isPlace(o)) throw malformed();
  return o;
}

const isPlace = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(cursor: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (isRecord(value) && value['v'] === VERSION) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw malformed();
}

const malformed = (): DispatchError =>
  new DispatchError('AD_INPUT_CURSOR', 'the cursor is not one of this version of AgentDispatch', {
    problems: [{ pointer: '/cursor', message: 'malformed or of another version' }],
  });
