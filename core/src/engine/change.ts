// The write that follows from a decision about a task: what the store is asked to make true at once. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { TaskRecord } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { Change, StoredTask } from '../store/index.js';
import { admissionFor, reservations, type AdmissionRule } from './admission.js';
import type { Advance } from './advance.js';
import type { Input } from './inputs.js';
import { sharedSlot } from './ledger.js';
import { isTerminal } from './state-table.js';

/** Facts by which a driver makes the record larger. */
const GROWING: ReadonlySet<Input['type']> = new Set(['planned', 'handle', 'asked', 'artifact', 'handoff']);
const MAX_GROWN_BYTES = 192 * 1024;

export interface Decision {
  input: Input;
  next: Advance;
  /** Inbox number of the command that was decided about. */
  consumed: number | undefined;
  rules: readonly AdmissionRule[];
}

/** undefined when nothing changed that is worth a write. Errors: AD_PLUGIN_CONTRACT when a driver told too much. */
export function changeFor(task: StoredTask, { input, next, consumed, rules }: Decision): Change | undefined {
  const { record, events, wakeAt } = next;
  if (GROWING.has(input.type)) assertRoom(record);
  if (events.length === 0 && consumed === undefined && isSame(task.record, record)) return undefined;
  const { rev, fence, inbox, slots } = task;
  const wanted = reservations(record, rules, record.updatedAt);
  const left = record.resources
    .filter(({ state }) => state === 'left')
    .map(({ resource }) => sharedSlot(record, resource));
  return {
    taskId: record.taskId,
    commitId: `${String(fence)}.${String(rev + 1)}`,
    expect: { rev, fence, inbox },
    record,
    events,
    wakeAt,
    ...(consumed !== undefined && { consumed }),
    admission: admissionFor(slots, wanted, { rules, isAdmitted: input.type === 'planned', left }),
    keep: !atRest(record),
  };
}

/** In whatever order its parts stand. */
const isSame = (before: TaskRecord, after: TaskRecord): boolean =>
  isDeepStrictEqual({ ...after, updatedAt: before.updatedAt }, before);

/** What a driver tells may fill a record only so far that its end still fits. */
function assertRoom(record: TaskRecord): void {
  if (Buffer.byteLength(JSON.stringify(record)) <= MAX_GROWN_BYTES) return;
  const message = `what the driver told of task ${record.taskId} is over ${String(MAX_GROWN_BYTES / 1024)} KiB`;
  throw new DispatchError('AD_PLUGIN_CONTRACT', message);
}

/** Ended, with nothing left to release. */
export const atRest = ({ status, cleanup }: TaskRecord): boolean =>
  isTerminal(status) && cleanup.state !== 'pending' && cleanup.state !== 'kept';
