// Cursors of the front doors: opaque to callers, bound to the tasks they were made for and to what was stored then: after a
// state was lost or restored, they are refused rather than answered with something else.
import { isRecord } from '../config/record.js';
import { DispatchError } from '../errors/index.js';
import type { StoredTask } from '../store/index.js';

const VERSION = 1;

/** Task id -> sequence number of the latest event seen. */
export type EventPlaces = Readonly<Record<string, number>>;

export const eventCursor = (places: EventPlaces): string => encode({ v: VERSION, e: places });

/** Errors: AD_INPUT_CURSOR when it knows an event that is not stored. */
export function assertNotBeyond(places: EventPlaces, { record: { taskId }, lastSeq }: StoredTask): void {
  if ((places[taskId] ?? 0) > lastSeq) throw otherState(taskId);
}

/** Errors: AD_INPUT_CURSOR. A cursor may know more tasks or fewer than are asked for. */
export function readEventCursor(cursor: string | undefined): EventPlaces {
  if (cursor === undefined) return {};
  const { e: places } = decode(cursor);
  if (!isRecord(places) || !Object.values(places).every(isPlace)) throw malformed();
  return places as EventPlaces;
}

/** A place in a task's log. */
export interface LogPlace {
  /** Bytes from the beginning. */
  offset: number;
  /** Checksum of the last bytes before it. */
  sum: number;
}

export const logCursor = (taskId: string, { offset, sum }: LogPlace): string =>
  encode({ v: VERSION, t: taskId, o: offset, s: sum });

/** Errors: AD_INPUT_CURSOR. */
export function readLogCursor(cursor: string, taskId: string): LogPlace {
  const { t, o: offset, s: sum } = decode(cursor);
  if (t !== taskId)
    throw new DispatchError('AD_INPUT_CURSOR', `the cursor belongs to another task than ${taskId}`, {
      problems: [{ pointer: '/cursor', message: 'belongs to another task' }],
    });
  if (!isPlace(offset) || !isPlace(sum)) throw malformed();
  return { offset, sum };
}

/** A place in a list that is made anew for each call: of runtimes. */
export const offsetCursor = (offset: number): string => encode({ v: VERSION, r: offset });

/** Errors: AD_INPUT_CURSOR. */
export function readOffsetCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const { r: offset } = decode(cursor);
  if (!isPlace(offset)) throw malformed();
  return offset;
}

/** What the cursor was made for is not stored, or no longer. */
export const otherState = (taskId: string): DispatchError =>
  new DispatchError('AD_INPUT_CURSOR', `the cursor is of a state of task ${taskId} that is not here`, {
    hint: 'Call again without cursor, or get_task_logs with tail for the newest entries; what was read before may differ.',
    problems: [{ pointer: '/cursor', message: 'was made for another state of the task' }],
  });

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
