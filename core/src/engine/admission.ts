// What a task reserves of limited things, as it follows from its record: whoever is over a limit waits in `queued`. Pure.
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { Admission, Slot } from '../store/index.js';
import { isShared, isSharedSlot, sharedSlot } from './ledger.js';
import { isTerminal } from './state-table.js';

/**
 * A limit for all tasks that reserve the same key. counts: what is counted. tasks: those at work or being cleaned up. starts: attempts begun within a second. seconds: of running within 24 hours, reserved up to the deadline
 * when the task begins; what was not used is given back when it ends. Default tasks.
 */
export interface AdmissionRule {
  key: string;
  limit: number;
  counts?: 'tasks' | 'starts' | 'seconds';
}

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
/** Of one shared resource: as many tasks may use it at a time, or one may remove it, and that takes all. */
const SHARED_LIMIT = 1_000_000;

/** What the task as it stands reserves at `now`. Nothing before its first attempt. */
export function reservations(record: TaskRecord, rules: readonly AdmissionRule[], now: number): Slot[] {
  const own = rules.map((rule) => reservation(record, rule)).filter((slot) => slot !== undefined);
  return [...own.filter(({ until = Infinity }) => until > now), ...sharedReservations(record)];
}

/**
 * The change from what the task holds to what it wants. Only where it is admitted does it take something new: once it is
 * at work, a limit that was lowered meanwhile must not keep it from being recorded. What is shared is always asked for: others
 * may have taken what a release that was given up had let go.
 */
export function admissionFor(
  held: readonly Slot[],
  wanted: readonly Slot[],
  {
    rules,
    isAdmitted,
    left = [],
  }: {
    rules: readonly AdmissionRule[];
    isAdmitted: boolean;
    /** Keys of what is left to the others that use it. */
    left?: readonly string[];
  },
): Admission {
  const heldOf = (key: string): Slot | undefined => held.find((slot) => slot.key === key);
  const acquire = wanted
    .filter((slot) => {
      const known = heldOf(slot.key);
      if (known) return known.amount !== slot.amount || known.until !== slot.until;
      return isAdmitted || isSharedSlot(slot.key);
    })
    .map((slot) => ({ ...slot, limit: rules.find(({ key }) => key === slot.key)?.limit ?? SHARED_LIMIT }));
  const given = held.map(({ key }) => key).filter((key) => !wanted.some((slot) => slot.key === key));
  const leave = given.filter((key) => left.includes(key));
  const release = given.filter((key) => !left.includes(key));
  return {
    ...(acquire.length > 0 && { acquire }),
    ...(release.length > 0 && { release }),
    ...(leave.length > 0 && { leave }),
  };
}

/** Keys of which there is more for others after the change. */
export const freedBy = (held: readonly Slot[], { acquire = [], release = [], leave = [] }: Admission): string[] => [
  ...release,
  ...leave,
  ...acquire
    .filter(({ key, amount = 1 }) => amount < (held.find((slot) => slot.key === key)?.amount ?? 0))
    .map(({ key }) => key),
];

function reservation(record: TaskRecord, { key, counts = 'tasks' }: AdmissionRule): Slot | undefined {
  const [first, last] = [record.attempts?.[0], record.attempts?.at(-1)];
  if (!first || !last) return undefined;
  const isOver = isTerminal(record.status);
  switch (counts) {
    case 'tasks':
      return isOver && record.cleanup.state !== 'pending' ? undefined : { key, amount: 1 };
    case 'starts':
      return { key, amount: 1, until: last.plannedAt + SECOND };
    case 'seconds': {
      // Never more than was reserved, or the end of a task that outlasts its deadline would be over the limit.
      const end = isOver ? Math.min(record.endedAt ?? record.updatedAt, record.deadlineAt) : record.deadlineAt;
      const amount = Math.max(1, Math.ceil((end - first.plannedAt) / SECOND));
      return { key, amount, ...(isOver && { until: end + DAY }) };
    }
  }
}

/** One reference for each shared resource, all of them while it is being removed. */
function sharedReservations(record: TaskRecord): Slot[] {
  const slots = new Map<string, Slot>();
  for (const { resource, state } of record.resources) {
    if (!isShared(resource) || (state !== 'planned' && state !== 'removing')) continue;
    const key = sharedSlot(record, resource);
    const amount = state === 'removing' ? SHARED_LIMIT : 1;
    slots.set(key, { key, amount: Math.max(amount, slots.get(key)?.amount ?? 0) });
  }
  return [...slots.values()];
}
