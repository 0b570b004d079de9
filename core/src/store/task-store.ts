// The interface of a store: what the engine and the front doors may rely on, whatever keeps the tasks.
// No path, epoch, journal position or transaction leaks out, so that a fleet store needs no redesign.
import type { TaskEvent, TaskRecord, TaskStatus } from '@agent-dispatch/schemas';

/**
 * A dispatcher's lease on writing.
 *
 * `held`: the tasks it owns are its own.
 * `suspect`: the store cannot tell now whether the lease still holds. Reads are served, and writes may work, each decided
 * by its fence as ever: what ends `ok` counts. Nothing new is claimed, and no external effect may be started, because the
 * task it is for may be another's by now. It becomes `held` again, with all it owned, or `lost`.
 * `lost`: for good. Every method refuses with the reason.
 */
export interface StoreSession {
  readonly incarnation: string;
  readonly state: 'held' | 'suspect' | 'lost';
}

/** A task as stored, with what guards its next write. */
export interface StoredTask {
  record: TaskRecord;
  /** Grows by one with every commit. */
  rev: number;
  /** Grows by one with every claim. A commit with an older fence is refused. */
  fence: number;
  /** Incarnation that owns the task; absent when nobody does. */
  owner?: string;
  /** Number of the latest command posted; 0 when there was none. */
  inbox: number;
  /** Number of the latest command consumed. */
  consumed: number;
  /** Commands not consumed yet, oldest first. */
  commands: readonly PostedCommand[];
  /** When the task wants to be looked at again; absent when never. Epoch milliseconds. */
  wakeAt?: number;
  /** Sequence number of the latest event. */
  lastSeq: number;
  /** What it reserves. */
  slots: readonly Slot[];
}

/** cleanup: release what the task still holds, though it was kept or given up. */
export type CommandKind = 'cancel' | 'message' | 'cleanup';

export interface Command {
  /** Chosen by the caller; the same id is stored once. */
  commandId: string;
  kind: CommandKind;
  body: Record<string, unknown>;
}

export interface PostedCommand extends Command {
  /** Place in the task's inbox, from 1. */
  inbox: number;
  at: number;
}

/** An event before the store gives it sequence number and time. */
export type NewEvent = Omit<TaskEvent, 'seq' | 'at'>;

/** A part of something limited that a task reserves: once for each key. */
export interface Slot {
  key: string;
  amount: number;
  /** It counts until then, also when the task is at rest; absent: until it is released. Epoch milliseconds. */
  until?: number;
}

/**
 * What a change reserves and gives back. A key acquired again gets the new amount and end; that is refused only where it
 * is more than before. `limit`: of the sum over all tasks. Of several keys all are taken or none.
 */
export interface Admission {
  acquire?: readonly { key: string; limit: number; amount?: number; until?: number }[];
  release?: readonly string[];
  /** Given back too, but refused for whoever is the last to hold the key: of several that leave at once, one finds out. */
  leave?: readonly string[];
}

/** The next state of one task. Applied whole or not at all. */
export interface Change {
  taskId: string;
  /** The caller's name for this change. Repeating the task's last one returns its first result. */
  commitId: string;
  /** `inbox`: the latest command number seen; a newer one conflicts. Checked only where given. */
  expect: { rev: number; fence: number; inbox?: number };
  record: TaskRecord;
  events?: readonly NewEvent[];
  /** undefined: never. */
  wakeAt: number | undefined;
  /** Commands up to this number are consumed. */
  consumed?: number;
  admission?: Admission;
  /** Default true. false gives the task up; another may claim it. */
  keep?: boolean;
}

export type CommitResult =
  | { status: 'ok'; task: StoredTask }
  | { status: 'conflict'; task: StoredTask }
  | { status: 'fenced' }
  /** `key` is the slot that is full; `retryAt`: when some of it ends by itself. Nothing was changed. */
  | { status: 'overLimit'; key: string; retryAt?: number };

export interface CreateOptions {
  events: readonly NewEvent[];
  wakeAt: number;
  /** Same key and hash: the earlier task is returned. Same key, other hash: AD_INPUT_IDEMPOTENCY_CONFLICT. */
  idempotency?: { key: string; hash: string };
  /** Blobs synced before the task exists. */
  blobs?: readonly { name: string; bytes: Uint8Array }[];
  /**
   * Makes the record out of the one given, and stores the values that it names. Called once no earlier task has the key;
   * what it throws is thrown, and leaves nothing behind.
   */
  fill?: (values: NewValues) => Promise<TaskRecord>;
}

export type NameOf = string | ((sha256: string) => string);

/** Values of a task that is being created. */
export interface NewValues {
  /**
   * Stores content under a name, or one that follows from its digest. What has that name already stays. Durable when the
   * task is, and not before. Errors: what the content throws, as it is where it is coded.
   */
  put(name: NameOf, content: BlobContent): Promise<BlobInfo>;
}

export interface ListQuery {
  statuses?: readonly TaskStatus[];
  label?: Readonly<Record<string, string>>;
  group?: string;
  parent?: string;
  /** Who asked for it. */
  subject?: string;
  /** Created at or after; epoch milliseconds. */
  since?: number;
  /** 1 to 100. */
  limit: number;
  /** Opaque, from an earlier page. */
  cursor?: string;
}

export interface Page<Item> {
  items: Item[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface LogChunk {
  bytes: Uint8Array;
  /** Bytes in the log when it was read. */
  size: number;
}

export interface BlobInfo {
  name: string;
  size: number;
  sha256: string;
}

/** Bytes, at once or as they come, or a local file that is copied; `rewrite` passes its bytes on as they are to be stored. */
export type BlobContent = Uint8Array | { stream: AsyncIterable<Uint8Array> } | { file: string; rewrite?: ByteFilter };
export type ByteFilter = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** An absolute path, good until it is given back. */
export interface BorrowedFile {
  file: string;
  release: () => Promise<void>;
}

/**
 * Keeps tasks, their events, logs and large values.
 *
 * Errors of every method: AD_STORE_UNAVAILABLE (`details.ambiguous` says whether the change may have happened),
 * AD_STORE_SESSION_LOST, AD_STORE_CORRUPT; AD_TASK_NOT_FOUND where a task id is unknown.
 */
export interface TaskStore {
  /** Becomes the writer, or throws AD_STORE_SESSION_LOST when another live one holds the store. Recovers what a crash left. */
  open(): Promise<StoreSession>;
  readonly session: StoreSession;
  /** Random, one per store, made with it. */
  readonly installationId: string;
  /** The store's clock: due times and leases are judged on it. Epoch milliseconds. */
  now(): number;

  /** Durable on return. The task is due at `wakeAt` and unowned. */
  create(record: TaskRecord, options: CreateOptions): Promise<{ task: StoredTask; created: boolean }>;
  /** The only task write. Each change is atomic; those of one call may share one sync. Results in the order of the changes. */
  commit(changes: readonly Change[]): Promise<CommitResult[]>;
  /** By anyone, unfenced, durable on return, ordered per task. Repeating one of a task's last 200 commandIds returns its first number. */
  post(taskId: string, command: Command): Promise<{ inbox: number }>;

  /** Unowned tasks that are due or have unread commands, oldest due first; each now owned by this session, fence grown by one. */
  claim(limit: number): Promise<StoredTask[]>;
  /** Makes the tasks of an incarnation declared dead unowned and due at once. Returns how many. */
  takeover(incarnation: string): Promise<number>;
  /** What this session owns. */
  mine(): StoredTask[];
  /** Earliest time at which `claim` may find something; undefined when nothing is due ever. */
  nextDue(): number | undefined;

  get(taskId: string): Promise<StoredTask | undefined>;
  /** Newest first; reads its own writes. */
  list(query: ListQuery): Promise<Page<StoredTask>>;
  /** Events with seq > afterSeq, oldest first, without gaps. */
  readEvents(taskId: string, afterSeq: number, limit: number): Promise<TaskEvent[]>;
  /**
   * Called after something of a task may have changed: state, events, commands or log. A hint without data, that may be
   * merged or lost; who needs certainty re-reads, with a slow poll behind. `*` is every task. Returns the unsubscribe
   * function.
   */
  watch(taskId: string, listener: (taskId: string) => void): () => void;

  /** Appends at `offset`. Repeating the same bytes is no change; a gap or other bytes at a known place is an error. Not synced. */
  appendLog(taskId: string, fence: number, offset: number, bytes: Uint8Array): Promise<void>;
  /** Up to `maxBytes` from `offset`; empty at the end. Constant cost, however long the log. */
  readLog(taskId: string, offset: number, maxBytes: number): Promise<LogChunk>;
  /** Stores a value under a name; synced on return. From bytes or a local file (copied). Replaces what had the name. */
  putBlob(taskId: string, name: string, content: BlobContent): Promise<BlobInfo>;
  /** Up to `maxBytes` from `offset`. AD_TASK_ARTIFACT_NOT_FOUND when there is none of the name. */
  getBlob(taskId: string, name: string, offset: number, maxBytes: number): Promise<{ bytes: Uint8Array; size: number }>;
  /** The value as a file of this machine, to be read and not changed. Errors as `getBlob`. */
  borrowBlob(taskId: string, name: string): Promise<BorrowedFile>;

  /** Tasks of an account that hold resources: the ledger for garbage collection. */
  handles(account: string): AsyncIterable<StoredTask>;
  /**
   * Removes ended tasks that hold nothing, have nothing left to do, and of whose slots each has `until` behind it: with
   * the task its slots would be forgotten. None that another continues which has something left to do: that needs its
   * handle. Those that ended before the time given go, and then, first ended first, as many as it takes for the ended
   * ones to take no more than `maxBytes`. Returns how many. AD_STORE_UNAVAILABLE where what they left could not be
   * removed: they are gone nonetheless, and the next purge tries that again.
   */
  purge(before: number, maxBytes?: number): Promise<number>;
  /** Makes all durable and gives the session up. Owned tasks are due at once for the next session. */
  close(): Promise<void>;
}
