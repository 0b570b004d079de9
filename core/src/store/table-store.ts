// The promises of TaskStore, kept once for every store that has its tasks in one table. The rules are pure functions
// (commit-rules, task-rules, list-tasks), what is durable when is DurableTable's matter; here is the order of steps.
import type { TaskEvent, TaskRecord } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { Backing, IncomingValues } from './backing.js';
import { decideCommit } from './commit-rules.js';
import { DurableTable } from './durable-table.js';
import { pageOf } from './list-tasks.js';
import { Session } from './session.js';
import { corrupt } from './store-errors.js';
import { isTaskId } from './task-id.js';
import { creation, idempotencyEntry, soundChange, tasksToPurge, type IdempotencyEntry } from './task-rules.js';
import { frozenCopy, toStoredTask, type TaskState } from './task-state.js';
import type {
  BlobContent,
  BlobInfo,
  Change,
  Command,
  CommitResult,
  CreateOptions,
  ListQuery,
  LogChunk,
  Page,
  PostedCommand,
  StoredTask,
  StoreSession,
  TaskStore,
} from './task-store.js';
import type { TaskTable } from './task-table.js';
import type { Transition } from './transitions.js';
import type { Watchers } from './watchers.js';

export interface StoreClock {
  /** Epoch milliseconds. */
  now(): number;
}

type Created = { task: StoredTask; created: boolean };

export abstract class TableStore implements TaskStore {
  protected readonly lease = new Session();
  #tasks: DurableTable | undefined;

  constructor(private readonly clock: StoreClock) {}

  abstract open(): Promise<StoreSession>;
  abstract close(): Promise<void>;

  get session(): StoreSession {
    return this.lease;
  }

  get installationId(): string {
    if (!this.#tasks) throw new TypeError('the store was never open');
    return this.#tasks.backing.installationId;
  }

  now(): number {
    return this.clock.now();
  }

  async create(record: TaskRecord, options: CreateOptions): Promise<Created> {
    const tasks = this.opened();
    const { taskId } = record;
    if (!isTaskId(taskId)) throw new TypeError('the record has no valid task id');
    const idempotency = options.idempotency && idempotencyEntry(options.idempotency);
    const earlier = this.#known(taskId, idempotency);
    if (earlier !== undefined) return this.#repeated(earlier, idempotency);
    const make = (made: TaskRecord) => creation(made, options, idempotency, this.now());
    const transition = make(record);
    const room = tasks.backing.room();
    if (room) await room;
    if (options.fill === undefined && options.blobs === undefined) return await this.#create(transition, idempotency);

    const values = await tasks.backing.incoming(taskId);
    try {
      for (const { name, bytes } of options.blobs ?? []) await values.put(name, bytes);
      const filled = options.fill === undefined ? transition : make(await options.fill(values));
      await values.settle();
      return await this.#create(filled, idempotency);
    } catch (error) {
      // What this call needed may be gone by now, and another call with the key has it.
      const faster = this.lease.state === 'lost' ? undefined : this.#known(taskId, idempotency);
      if (faster === undefined) throw error;
      return await this.#repeated(faster, idempotency);
    } finally {
      await this.#arrive(tasks, taskId, values);
    }
  }

  /** Nothing stays of a task that did not come to be. Where this fails the next opening does it. */
  async #arrive({ table, backing }: DurableTable, taskId: string, values: IncomingValues): Promise<void> {
    // The table may hold what never became true: only the next opening knows.
    if (this.lease.state === 'lost') return;
    try {
      if (table.get(taskId) === undefined) await backing.remove([taskId]);
      await values.arrived();
    } catch {
      // Whether the task is there is what counts, and is told.
    }
  }

  /** Unless others were faster meanwhile. */
  async #create(
    transition: Extract<Transition, { type: 'task' }>,
    idempotency: IdempotencyEntry | undefined,
  ): Promise<Created> {
    const faster = this.#known(transition.head.record.taskId, idempotency);
    if (faster !== undefined) return this.#repeated(faster, idempotency);
    await this.opened().write([transition]);
    return { task: toStoredTask({ ...transition.head, events: [] }), created: true };
  }

  async commit(changes: readonly Change[]): Promise<CommitResult[]> {
    const tasks = this.opened();
    const resting = new Map<string, TaskState>();
    for (const { taskId } of changes) {
      if (!tasks.entry(taskId).state) resting.set(taskId, await tasks.state(taskId));
    }
    // Before anything is applied: a caller's mistake must not leave half of the call.
    const sound = changes.map((change) => soundChange(change, tasks.entry(change.taskId)));

    const transitions: Transition[] = [];
    const results = sound.map((change) => this.#decide(change, resting.get(change.taskId), transitions));
    await tasks.persist(transitions);
    // What was only looked at must be durable as well before it is told.
    await Promise.all(changes.map(({ taskId }) => tasks.settled(taskId)));
    return results;
  }

  async post(taskId: string, command: Command): Promise<{ inbox: number }> {
    const tasks = this.opened();
    const state = tasks.entry(taskId).state ?? (await tasks.state(taskId));
    const known = Object.hasOwn(state.commandIds, command.commandId) ? state.commandIds[command.commandId] : undefined;
    if (known !== undefined) {
      await tasks.settled(taskId);
      return { inbox: known };
    }
    const posted: PostedCommand = frozenCopy({ ...command, inbox: state.inbox + 1, at: this.now() });
    const revived: Transition[] = tasks.entry(taskId).state ? [] : [{ type: 'revive', state }];
    await tasks.write([...revived, { type: 'post', taskId, command: posted }]);
    return { inbox: posted.inbox };
  }

  async claim(limit: number): Promise<StoredTask[]> {
    const tasks = this.opened();
    const { table } = tasks;
    const { incarnation: owner, state } = this.lease;
    if (state !== 'held') return [];
    const now = this.now();
    const claimed: StoredTask[] = [];
    for (let due = table.firstDue(); due && due.dueAt <= now && claimed.length < limit; due = table.firstDue()) {
      claimed.push(toStoredTask(table.claim(due.taskId, owner)));
    }
    const claims = claimed.map(({ record, fence }) => ({ taskId: record.taskId, fence }));
    if (claims.length > 0) await tasks.persist([{ type: 'claim', owner, tasks: claims }]);
    return claimed;
  }

  async takeover(incarnation: string): Promise<number> {
    const tasks = this.opened();
    if (incarnation === this.lease.incarnation) throw new TypeError('a session cannot take over its own tasks');
    const taken = tasks.table.ownedBy(incarnation).map(({ record, fence }) => ({ taskId: record.taskId, fence }));
    if (taken.length > 0) await tasks.write([{ type: 'orphan', owner: incarnation, at: this.now(), tasks: taken }]);
    return taken.length;
  }

  mine(): StoredTask[] {
    return this.opened().table.ownedBy(this.lease.incarnation);
  }

  nextDue(): number | undefined {
    return this.opened().table.firstDue()?.dueAt;
  }

  async get(taskId: string): Promise<StoredTask | undefined> {
    const state = await this.opened().stateIfAny(taskId);
    return state && toStoredTask(state);
  }

  async list(query: ListQuery): Promise<Page<StoredTask>> {
    const tasks = this.opened();
    const { page, nextCursor } = pageOf(tasks.table.entries, query);
    const states = await Promise.all(page.map(({ summary }) => tasks.stateIfAny(summary.taskId)));
    const items = states.filter((state) => state !== undefined).map(toStoredTask);
    return { items, ...(nextCursor !== undefined && { nextCursor }) };
  }

  async readEvents(taskId: string, afterSeq: number, limit: number): Promise<TaskEvent[]> {
    const tasks = this.opened();
    const state = await tasks.state(taskId);
    const firstHere = state.events[0]?.seq ?? state.lastSeq + 1;
    const older = afterSeq + 1 < firstHere ? await tasks.backing.olderEvents(state, afterSeq, limit) : [];
    const newer = state.events.filter(({ seq }) => seq > afterSeq);
    const events = [...older, ...newer].slice(0, limit);
    const expected = Math.min(limit, Math.max(0, state.lastSeq - afterSeq));
    if (events.length !== expected || events.some(({ seq }, index) => seq !== afterSeq + 1 + index)) {
      throw corrupt(`Events of task ${taskId} are damaged.`, { taskId, afterSeq });
    }
    return events;
  }

  watch(taskId: string, listener: (taskId: string) => void): () => void {
    return this.opened().watchers.watch(taskId, listener);
  }

  async appendLog(taskId: string, fence: number, offset: number, bytes: Uint8Array): Promise<void> {
    const { backing, watchers } = this.opened();
    const { state } = this.opened().entry(taskId);
    if (state?.owner !== this.lease.incarnation || state.fence !== fence) {
      throw new DispatchError('AD_STORE_FENCED', `Task ${taskId} has another owner; its log was not written.`);
    }
    await backing.appendLog(taskId, offset, bytes);
    watchers.changed([taskId]);
  }

  async readLog(taskId: string, offset: number, maxBytes: number): Promise<LogChunk> {
    return this.#backingOf(taskId).readLog(taskId, offset, maxBytes);
  }

  async putBlob(taskId: string, name: string, content: BlobContent): Promise<BlobInfo> {
    return this.#backingOf(taskId).putBlob(taskId, name, content);
  }

  async getBlob(taskId: string, name: string, offset: number, maxBytes: number): ReturnType<Backing['getBlob']> {
    return this.#backingOf(taskId).getBlob(taskId, name, offset, maxBytes);
  }

  async borrowBlob(taskId: string, name: string): ReturnType<Backing['borrowBlob']> {
    return this.#backingOf(taskId).borrowBlob(taskId, name);
  }

  async *handles(account: string): AsyncIterable<StoredTask> {
    const tasks = this.opened();
    const holding = tasks.table.entries.filter(({ summary }) => summary.holds && summary.account === account);
    for (const { summary } of holding) {
      const state = await tasks.stateIfAny(summary.taskId);
      if (state) yield toStoredTask(state);
    }
  }

  async purge(before: number, maxBytes = Number.POSITIVE_INFINITY): Promise<number> {
    const tasks = this.opened();
    const bytesOf = maxBytes === Number.POSITIVE_INFINITY ? () => 0 : await tasks.backing.sizes();
    const gone = tasksToPurge(tasks.table.entries, { now: this.now(), before, maxBytes, bytesOf });
    if (gone.length > 0) await tasks.write([{ type: 'purge', tasks: gone }]);
    // With them what an earlier purge could not remove.
    await tasks.backing.remove([...tasks.table.leaving]);
    return gone.length;
  }

  /** Called once, by `open`. */
  protected begin(table: TaskTable, backing: Backing, watchers: Watchers): StoreSession {
    this.#tasks = new DurableTable(table, backing, watchers, this.lease);
    this.lease.begin();
    return this.lease;
  }

  /** Errors: what ended the session. */
  protected opened(): DurableTable {
    this.lease.assertNotLost();
    if (!this.#tasks) throw new TypeError('the store is not open');
    return this.#tasks;
  }

  /** For what is kept beside the task itself. Errors: AD_TASK_NOT_FOUND, AD_STORE_CORRUPT. */
  #backingOf(taskId: string): Backing {
    const tasks = this.opened();
    tasks.entry(taskId);
    return tasks.backing;
  }

  #decide(change: Change, resting: TaskState | undefined, transitions: Transition[]): CommitResult {
    const { table } = this.opened();
    const state = table.get(change.taskId)?.state ?? resting;
    if (!state) throw new TypeError(`task ${change.taskId} went to rest while it was owned`);
    const now = this.now();
    const decision = decideCommit(state, change, {
      owner: this.lease.incarnation,
      now,
      taken: (key) => table.taken(key, now),
    });
    if ('result' in decision) return decision.result;
    table.apply(decision.transition);
    transitions.push(decision.transition);
    return { status: 'ok', task: toStoredTask({ ...decision.transition.head, events: [] }) };
  }

  /** The task that stands in the way of a new one: of the same id, or made with the same key. */
  #known(taskId: string, idempotency: IdempotencyEntry | undefined): string | undefined {
    const { table } = this.opened();
    const earlier = idempotency && table.byKey(idempotency.key)?.taskId;
    return earlier ?? table.get(taskId)?.summary.taskId;
  }

  async #repeated(earlier: string, idempotency: IdempotencyEntry | undefined): Promise<Created> {
    const state = await this.opened().state(earlier);
    if (idempotency === undefined || state.idempotency?.key !== idempotency.key) {
      throw new DispatchError('AD_STORE_CONFLICT', `A task ${earlier} is there already.`);
    }
    if (state.idempotency.hash === idempotency.hash) return { task: toStoredTask(state), created: false };
    throw new DispatchError('AD_INPUT_IDEMPOTENCY_CONFLICT', 'The idempotency key belongs to another request.', {
      details: { taskId: earlier },
    });
  }
}
