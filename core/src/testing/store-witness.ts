// Uses a store and remembers what it acknowledged and what it was asked when it died: what must be there afterwards, and
// what may. For tests that end a store at any moment and look at what its successor has.
import assert from 'node:assert/strict';
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { Change, CommitResult, CreateOptions, StoredTask, TaskStore } from '../store/index.js';

/** One revision of a task as it was given to the store. */
interface Revision {
  record: TaskRecord;
  /** `message` of all events up to it. */
  events: readonly (string | undefined)[];
  consumed: number;
  /** Its owner goes on with it. */
  kept: boolean;
}

interface Known {
  /** By revision number, from 1; those behind `acknowledged` were only asked for. */
  revisions: Map<number, Revision>;
  acknowledged: number;
  fence: number;
  /** Inbox number by command id; undefined: asked for. */
  commands: Map<string, number | undefined>;
  /** What may be there under the name; the first was acknowledged, where it is defined. */
  blobs: Map<string, (string | undefined)[]>;
  idempotency?: NonNullable<CreateOptions['idempotency']>;
  purge: 'none' | 'asked' | 'done';
}

export class StoreWitness {
  readonly #tasks = new Map<string, Known>();

  /** @param store may be replaced by its successor. */
  constructor(public store: TaskStore) {}

  async create(record: TaskRecord, options: CreateOptions): Promise<void> {
    const known: Known = {
      revisions: new Map([
        [1, { record, events: options.events.map(({ message }) => message), consumed: 0, kept: true }],
      ]),
      acknowledged: 0,
      fence: 0,
      commands: new Map(),
      blobs: new Map(options.blobs?.map(({ name, bytes }) => [name, [Buffer.from(bytes).toString()]])),
      purge: 'none',
      ...(options.idempotency && { idempotency: options.idempotency }),
    };
    this.#tasks.set(record.taskId, known);
    const { created } = await this.store.create(record, options);
    assert.equal(created, true);
    known.acknowledged = 1;
  }

  async claim(limit: number): Promise<StoredTask[]> {
    const claimed = await this.store.claim(limit);
    for (const { record, fence } of claimed) this.#known(record.taskId).fence = fence;
    return claimed;
  }

  async commit(changes: readonly Change[]): Promise<CommitResult[]> {
    for (const { taskId, expect, record, events = [], consumed = 0, keep = true } of changes) {
      const { revisions } = this.#known(taskId);
      const before = revisions.get(expect.rev);
      assert(before, 'changes build on what was acknowledged');
      revisions.set(expect.rev + 1, {
        record,
        events: [...before.events, ...events.map(({ message }) => message)],
        consumed: Math.max(before.consumed, consumed),
        kept: keep,
      });
    }
    const results = await this.store.commit(changes);
    for (const [index, { taskId, expect }] of changes.entries()) {
      const known = this.#known(taskId);
      if (results[index]?.status === 'ok') known.acknowledged = expect.rev + 1;
      else known.revisions.delete(expect.rev + 1);
    }
    return results;
  }

  async post(taskId: string, commandId: string, kind: 'cancel' | 'message' = 'message'): Promise<void> {
    const { commands } = this.#known(taskId);
    if (!commands.has(commandId)) commands.set(commandId, undefined);
    const { inbox } = await this.store.post(taskId, { commandId, kind, body: {} });
    assert.equal(commands.get(commandId) ?? inbox, inbox, 'a command keeps its number');
    commands.set(commandId, inbox);
  }

  async putBlob(taskId: string, name: string, value: string): Promise<void> {
    const { blobs } = this.#known(taskId);
    blobs.set(name, [...(blobs.get(name) ?? [undefined]), value]);
    await this.store.putBlob(taskId, name, Buffer.from(value));
    blobs.set(name, [value]);
  }

  /** Of tasks that are not written at the same time. */
  async purge(before: number): Promise<void> {
    const gone = [...this.#tasks.values()].filter((known) => mayGo(known, before));
    for (const known of gone) known.purge = 'asked';
    assert.equal(await this.store.purge(before), gone.length, 'all that may go is purged, and nothing else');
    for (const known of gone) known.purge = 'done';
  }

  /** Everything acknowledged is in the successor, and nothing is there by half. What it has then counts as acknowledged. */
  async check(next: TaskStore): Promise<void> {
    const listed = await listedIds(next);
    for (const [taskId, known] of this.#tasks) {
      const found = await next.get(taskId);
      assert.equal(listed.has(taskId), found !== undefined, `task ${taskId} is listed if it is there`);
      if (found) await checkTask(next, known, found);
      else assert(known.acknowledged === 0 || known.purge !== 'none', `task ${taskId} is there`);
      if (!found) this.#tasks.delete(taskId);
    }
    const strangers = [...listed].filter((taskId) => !this.#tasks.has(taskId));
    assert.deepEqual(strangers, [], 'nothing is there that was never asked for');
  }

  /** The tasks that are there, as they were acknowledged. */
  get tasks(): { taskId: string; status: TaskRecord['status'] }[] {
    const there = [...this.#tasks].filter(([, { purge }]) => purge === 'none');
    return there.map(([taskId, known]) => ({ taskId, status: latest(known).record.status }));
  }

  #known(taskId: string): Known {
    const known = this.#tasks.get(taskId);
    assert(known, `task ${taskId} was made here`);
    return known;
  }
}

function latest({ revisions, acknowledged }: Known): Revision {
  const revision = revisions.get(Math.max(1, acknowledged));
  assert(revision);
  return revision;
}

function mayGo(known: Known, before: number): boolean {
  const { record, consumed, kept } = latest(known);
  const ended = record.endedAt !== undefined && record.endedAt < before;
  return known.purge === 'none' && ended && !kept && consumed >= known.commands.size;
}

async function listedIds(store: TaskStore): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await store.list({ limit: 100, cursor });
    for (const { record } of items) {
      assert(!ids.has(record.taskId), 'a task is listed once');
      ids.add(record.taskId);
    }
    if (nextCursor === undefined) return ids;
    cursor = nextCursor;
  }
}

async function checkTask(store: TaskStore, known: Known, found: StoredTask): Promise<void> {
  const { taskId } = found.record;
  assert.notEqual(known.purge, 'done', `task ${taskId} stays purged`);
  assert(found.rev >= known.acknowledged, `task ${taskId} is at ${found.rev}, behind ${known.acknowledged}`);
  const revision = known.revisions.get(found.rev);
  assert(revision, `task ${taskId} has a revision that was asked for`);
  assert.deepEqual(found.record, revision.record);
  assert(found.fence >= known.fence, `the fence of task ${taskId} does not fall back`);
  assert.equal(found.consumed, revision.consumed);

  const events = await store.readEvents(taskId, 0, 10_000);
  assert.equal(found.lastSeq, revision.events.length);
  assert.deepEqual(
    events.map(({ message }) => message),
    revision.events,
  );
  await checkCommands(store, known, found);
  for (const [name, values] of known.blobs) await checkBlob(store, taskId, name, values);
  if (known.idempotency && known.acknowledged > 0) {
    const again = await store.create(found.record, { events: [], wakeAt: 0, idempotency: known.idempotency });
    assert.deepEqual([again.created, again.task.record.taskId], [false, taskId]);
  }
  known.acknowledged = found.rev;
  known.fence = found.fence;
  for (const rev of known.revisions.keys()) if (rev > found.rev) known.revisions.delete(rev);
  if (known.purge === 'asked') known.purge = 'none';
}

async function checkCommands(store: TaskStore, known: Known, found: StoredTask): Promise<void> {
  const unread = new Map(found.commands.map(({ commandId, inbox }) => [commandId, inbox]));
  for (const [commandId, inbox] of known.commands) {
    const there = inbox ?? unread.get(commandId);
    if (there === undefined) {
      known.commands.delete(commandId);
      continue;
    }
    known.commands.set(commandId, there);
    assert(there <= found.inbox, `command ${commandId} is there`);
    if (there > found.consumed) assert.equal(unread.get(commandId), there);
    const again = await store.post(found.record.taskId, { commandId, kind: 'message', body: {} });
    assert.equal(again.inbox, there, `command ${commandId} keeps its number`);
  }
  assert.equal(found.inbox, known.commands.size, 'commands are numbered without gaps');
}

async function checkBlob(
  store: TaskStore,
  taskId: string,
  name: string,
  values: (string | undefined)[],
): Promise<void> {
  let found: string | undefined;
  try {
    found = Buffer.from((await store.getBlob(taskId, name, 0, 1_000_000)).bytes).toString();
  } catch (error) {
    assert.equal((error as { code?: unknown }).code, 'AD_TASK_ARTIFACT_NOT_FOUND');
  }
  assert(values.includes(found), `value ${name} of task ${taskId} is whole`);
  values.splice(0, values.length, found);
}
