// The promises of the engine, held against what is stored and against what the cloud counts. Whatever breaks one is
// written down with the promise it breaks.
import { isDeepStrictEqual } from 'node:util';
import type { Handle, Resource, TaskEvent, TaskRecord } from '@agent-dispatch/schemas';
import type { DriverContext } from '../../../provider/index.js';
import type { Change, StoredTask } from '../../../store/index.js';
import { isTerminal } from '../../state-table.js';
import { cleanupOf, endedByItself, loggedText, slotsOf, toldMessages, toldText } from './accounts.js';
import { idOf, IMAGE, type Cloud } from './cloud.js';
import type { Witness } from './cloud-driver.js';
import { KEEP_SECONDS, RULES, type Answers, type TaskScript } from './script.js';
import type { StoreEars } from './slow-store.js';

export const PROMISES = {
  end: 'a task ends once, and its end never changes',
  cancel: 'no start is called once a cancel was consumed, and after any cancel only the one under way',
  first: 'handle and intent are stored before the next effect, and what a handle event tells before the next event',
  rest: 'every acknowledged task is found after a crash and comes to rest',
  once: 'an attempt is executed once at most, and another one only when nothing of it runs or can still begin',
  lost: 'a task is lost only where its target cannot be asked again or answered that nobody knows',
  released: 'every resource is released with a proof or given up after its budget, and nothing of it is left or runs',
  limit: 'no slot is ever held by more tasks than its limit',
  order: 'who waits for a slot gets it in the order of acceptance',
  shared: 'what tasks share is never removed under anyone, and what is kept is kept for its time',
  log: 'events have no gap, cursors only move on, and what a resumable task told is kept exactly once',
} as const;

export type PromiseName = keyof typeof PROMISES;

/** What is known of a task in the end. */
export interface FinalTask {
  script: TaskScript;
  taskId: string;
  stored: StoredTask | undefined;
  events: TaskEvent[];
  log: string;
}

export class Rules implements Witness, StoreEars {
  readonly broken: { promise: PromiseName; what: string }[] = [];
  private readonly records = new Map<string, TaskRecord>();
  /** Every handle that was ever stored, by task and attempt. */
  private readonly handles = new Map<string, Handle[]>();
  private readonly cancelInbox = new Map<string, number>();
  private readonly cancelSeen = new Set<string>();
  /** By task: which of all changes was asked for last, and which one made it wait. */
  private readonly askedAs = new Map<string, number>();
  private readonly waitsSince = new Map<string, number>();
  private changes = 0;
  private readonly startsAfterCancel = new Map<string, number>();

  constructor(
    private readonly cloud: Cloud,
    private readonly now: () => number,
    private readonly story: string[],
  ) {}

  breaks(promise: PromiseName, what: string): void {
    this.broken.push({ promise, what });
    this.story.push(`!! ${PROMISES[promise]}: ${what}`);
  }

  called(verb: keyof Answers, handle: Handle, context: DriverContext): void {
    const { taskId, attempt } = context;
    const title = `${verb} of attempt ${String(attempt)}`;
    const known = this.handles.get(idOf('', context)) ?? [];
    if (!known.some((stored) => isDeepStrictEqual(stored, handle))) this.breaks('first', `${title}: unstored handle`);
    if (verb !== 'start') return;
    const stored = this.records.get(taskId)?.attempts?.find(({ number }) => number === attempt);
    if (stored?.intendedAt === undefined) this.breaks('first', `${title}: no intent is stored`);
    if (this.cancelSeen.has(taskId)) this.breaks('cancel', `${title} after the cancel was consumed`);
    if (this.cancelInbox.has(taskId)) {
      const starts = (this.startsAfterCancel.get(taskId) ?? 0) + 1;
      this.startsAfterCancel.set(taskId, starts);
      if (starts > 1) this.breaks('cancel', `${title} is the second one after the cancel`);
    }
    const earlier = [...this.cloud.running(taskId), ...this.cloud.sent.filter((sent) => sent.taskId === taskId)];
    if (earlier.some((work) => work.attempt < attempt)) this.breaks('once', `${title} while an earlier one goes on`);
  }

  tookHandle(handle: Handle, context: DriverContext): void {
    const latest = this.handles.get(idOf('', context))?.at(-1);
    if (!isDeepStrictEqual(latest, handle))
      this.breaks('first', 'the event after a handle is taken before it is stored');
  }

  removes(resources: readonly Resource[], { taskId }: DriverContext): void {
    const record = this.records.get(taskId);
    for (const { id } of resources) {
      if (id === IMAGE) {
        const holders = [...this.records.values()].filter((other) => other.taskId !== taskId && usesImage(other));
        // What became of a lost task, or one that could not be stopped, nobody knows: its work may run on without.
        const known = this.cloud.imageUsers(taskId).filter((user) => !this.mayRun(user));
        const users = [...known, ...holders.map((other) => other.taskId)];
        if (users.length > 0) this.breaks('shared', `the image is removed while ${users.join()} uses it`);
      }
      const isKept = record && (record.status === 'succeeded' || record.status === 'failed') && !record.cancel;
      if (!id.endsWith(`/${String(record?.attempt)}/kept`) || !isKept || this.cancelInbox.has(taskId)) continue;
      if (this.now() < (record.endedAt ?? 0) + KEEP_SECONDS * 1000)
        this.breaks('shared', 'what is kept is removed early');
    }
  }

  lacks({ taskId, attempt }: DriverContext): void {
    this.breaks('shared', `what attempt ${String(attempt)} of ${taskId} needs is gone`);
  }

  posted(taskId: string, inbox: number): void {
    if (!this.cancelInbox.has(taskId)) this.cancelInbox.set(taskId, inbox);
  }

  accepted(record: TaskRecord): void {
    if (!this.records.has(record.taskId)) this.records.set(record.taskId, record);
  }

  requested({ taskId }: Change): void {
    this.changes += 1;
    this.askedAs.set(taskId, this.changes);
  }

  committed(_change: Change, { record }: StoredTask): void {
    const { taskId } = record;
    const before = this.records.get(taskId);
    this.records.set(taskId, record);
    for (const { number, handle } of record.attempts ?? []) {
      const key = idOf('', { taskId, attempt: number });
      const known = this.handles.get(key) ?? [];
      if (handle && !isDeepStrictEqual(known.at(-1), handle)) this.handles.set(key, [...known, handle]);
    }
    if (before && isTerminal(before.status) && !isDeepStrictEqual(endOf(before), endOf(record)))
      this.breaks('end', `${before.status} became ${record.status}`);
    this.checkCursors(before, record);
    if (before?.waitingFor !== record.waitingFor) this.waitsSince.set(taskId, this.changes);
    if (before?.attempt !== record.attempt) this.checkBudgets(record);
    if (before?.attempt === 0 && record.attempt === 1) this.checkOrder(record);
  }

  acknowledged({ taskId, consumed = 0 }: Change): void {
    if (consumed >= (this.cancelInbox.get(taskId) ?? Infinity)) this.cancelSeen.add(taskId);
  }

  /** The task as it was stored last. */
  stored(taskId: string): TaskRecord | undefined {
    return this.records.get(taskId);
  }

  /** What the cloud counts now. @param scripts of the tasks, by id. */
  count(scripts: ReadonlyMap<string, TaskScript>): void {
    for (const [slot, { limit, counts }] of Object.entries(RULES)) {
      if (counts) continue;
      const holders = [...scripts].filter(([taskId, script]) => script.slots.includes(slot) && this.isUsed(taskId));
      if (holders.length > limit) this.breaks('limit', `${String(holders.length)} tasks use slot ${slot}`);
    }
  }

  /** Once nothing moves any more. */
  final(task: FinalTask): void {
    const { stored } = task;
    if (!stored) return this.breaks('rest', 'an acknowledged task is gone');
    const { record } = stored;
    if (!isTerminal(record.status) || ['pending', 'kept'].includes(record.cleanup.state)) {
      return this.breaks('rest', `a task is still ${record.status}, its cleanup ${record.cleanup.state}`);
    }
    this.checkEvents(task);
    for (const { number } of record.attempts ?? []) {
      const executions = this.cloud.executions({ taskId: task.taskId, attempt: number });
      if (executions > 1) this.breaks('once', `attempt ${String(number)} ran ${String(executions)} times`);
    }
    if (record.status === 'lost' && task.script.resume && !this.cloud.unknowable.has(task.taskId)) {
      this.breaks('lost', `lost without need: ${record.outcome?.error?.message ?? ''}`);
    }
    this.checkReleased(task, record);
    if (task.script.resume) this.checkTold(task, record);
  }

  /** @param isLeft what tasks share may be left, because the cloud never removed it. */
  finalCloud(isLeft: boolean): void {
    if (this.cloud.things.has(IMAGE) && !isLeft) this.breaks('released', 'what tasks share is left in the cloud');
  }

  private checkCursors(before: TaskRecord | undefined, after: TaskRecord): void {
    for (const { number, cursor } of after.attempts ?? []) {
      const earlier = before?.attempts?.find((attempt) => attempt.number === number)?.cursor;
      if (earlier !== undefined && Number(cursor ?? -1) < Number(earlier))
        this.breaks('log', `the cursor went from ${earlier} to ${String(cursor)}`);
    }
  }

  private checkOrder(admitted: TaskRecord): void {
    const slots = slotsOf(admitted.request);
    for (const other of this.records.values()) {
      const isEarlier =
        other.createdAt < admitted.createdAt ||
        (other.createdAt === admitted.createdAt && other.taskId < admitted.taskId);
      // Changes of several tasks may overtake each other on their way.
      const waited = (this.waitsSince.get(other.taskId) ?? Infinity) < (this.askedAs.get(admitted.taskId) ?? 0);
      if (other.taskId === admitted.taskId || !isEarlier || !waited || other.status !== 'queued') continue;
      if (other.waitingFor !== undefined && slots.includes(other.waitingFor))
        this.breaks('order', `a task got ahead of an earlier one that waits for ${other.waitingFor}`);
    }
  }

  /** Of what is limited by time: starts in a second, seconds in a day. */
  private checkBudgets({ request }: TaskRecord): void {
    const now = this.now();
    const sharing = (slot: string): TaskRecord[] =>
      slotsOf(request).includes(slot)
        ? [...this.records.values()].filter((one) => slotsOf(one.request).includes(slot))
        : [];
    const starts = sharing('rate').filter(({ attempts }) => (attempts?.at(-1)?.plannedAt ?? 0) > now - 1000);
    if (starts.length > (RULES['rate']?.limit ?? 0))
      this.breaks('limit', `${String(starts.length)} starts in a second`);
    const seconds = sharing('budget').map(({ attempts, endedAt, deadlineAt }) => {
      const first = attempts?.[0];
      return first ? (Math.min(endedAt ?? deadlineAt, deadlineAt) - first.plannedAt) / 1000 : 0;
    });
    const sum = seconds.reduce((a, b) => a + b, 0);
    if (sum > (RULES['budget']?.limit ?? 0)) this.breaks('limit', `${String(sum)} seconds of a day`);
  }

  private mayRun(taskId: string): boolean {
    return this.cloud.unsure.has(taskId) || this.records.get(taskId)?.status === 'lost';
  }

  private isUsed(taskId: string): boolean {
    if (this.mayRun(taskId) || this.records.get(taskId)?.cleanup.state === 'abandoned') return false;
    return this.cloud.running(taskId).length > 0 || this.cloud.left(taskId).length > 0;
  }

  private checkEvents({ events }: FinalTask): void {
    if (events.some(({ seq }, index) => seq !== index + 1)) this.breaks('log', 'the events have a gap');
    const ends = events.filter(({ type, to }) => type === 'status' && to !== undefined && isTerminal(to));
    if (ends.length !== 1) this.breaks('end', `it ended ${String(ends.length)} times`);
  }

  private checkReleased({ taskId, script }: FinalTask, record: TaskRecord): void {
    const { open, unproven } = cleanupOf(record);
    const isGivenUp = record.cleanup.state === 'abandoned';
    if (isGivenUp && !script.keepsAll) this.breaks('released', 'cleanup was given up too early');
    if (open.length > 0 && !isGivenUp) this.breaks('released', `not released: ${open.join()}`);
    if (unproven.length > 0) this.breaks('released', `released without a proof: ${unproven.join()}`);
    const left = [...this.cloud.things].filter(([, thing]) => thing.taskId === taskId).map(([id]) => id);
    if (left.length > 0 && !script.keepsAll) this.breaks('released', `left in the cloud: ${left.join()}`);
    if (this.cloud.running(taskId).length > 0 && !this.mayRun(taskId))
      this.breaks('released', `${record.status}, but it still runs`);
  }

  private checkTold({ taskId, script, events, log }: FinalTask, record: TaskRecord): void {
    const told = toldMessages(script);
    const kept = events.filter(({ type }) => type === 'message').map(({ message }) => message ?? '');
    const isWhole = endedByItself(record);
    const expected = isWhole ? told : told.slice(0, kept.length);
    if (!isDeepStrictEqual(kept, expected)) this.breaks('log', `messages kept: ${kept.join()}, told: ${told.join()}`);
    for (const { number } of record.attempts ?? []) {
      if (!this.cloud.workOf({ taskId, attempt: number })) continue;
      const text = loggedText(log, number);
      const whole = toldText(script);
      const isRight = isWhole && number === record.attempt ? text === whole : whole.startsWith(text);
      if (!isRight) this.breaks('log', `log kept: ${JSON.stringify(text)}, told: ${JSON.stringify(whole)}`);
    }
  }
}

/** From its planning to its end, a task may count on what it shares. */
const usesImage = ({ attempt, status, resources }: TaskRecord): boolean =>
  attempt > 0 && !isTerminal(status) && resources.some(({ resource }) => resource.id === IMAGE);

const endOf = ({ status, outcome, endedAt }: TaskRecord): unknown => ({ status, outcome, endedAt });
