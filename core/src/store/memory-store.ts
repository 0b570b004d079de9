// Tasks in memory: the same promises as on disk for as long as the process lives. For tests, and for seeing what two
// owners of one store do to each other: any number of stores may share a place.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { codeOf } from '../config/thrown.js';
import type { Logger } from '../provider/index.js';
import type { Backing } from './backing.js';
import { toBase32, toBigInt } from './base32.js';
import { newPart } from './log-rules.js';
import { artifactNotFound, sessionLost } from './store-errors.js';
import type { BlobContent, BlobInfo, NameOf, StoreSession } from './task-store.js';
import { TableStore, type StoreClock } from './table-store.js';
import { TaskTable } from './task-table.js';
import { Watchers } from './watchers.js';

/** What stays when a store is closed. */
export class MemoryPlace {
  readonly table = new TaskTable();
  readonly watchers: Watchers;
  readonly backing: Backing = new MemoryBacking(this.table);
  /** The stores open on it, by incarnation. */
  readonly stores = new Map<string, MemoryStore>();

  constructor(logger?: Logger) {
    this.watchers = new Watchers(logger);
  }
}

export interface MemoryStoreOptions {
  clock: StoreClock;
  /** Default: a new one. */
  place?: MemoryPlace;
}

export class MemoryStore extends TableStore {
  readonly #place: MemoryPlace;

  constructor({ clock, place = new MemoryPlace() }: MemoryStoreOptions) {
    super(clock);
    this.#place = place;
  }

  override async open(): Promise<StoreSession> {
    this.#place.stores.set(this.session.incarnation, this);
    return this.begin(this.#place.table, this.#place.backing, this.#place.watchers);
  }

  /** Whoever is declared dead here knows it at once. */
  override async takeover(incarnation: string): Promise<number> {
    const taken = await super.takeover(incarnation);
    this.#place.stores.get(incarnation)?.lease.end(sessionLost('Another session took over.'));
    this.#place.stores.delete(incarnation);
    return taken;
  }

  /** For tests of what must hold still meanwhile: the lease is suspect until it is confirmed. */
  doubt(): void {
    this.lease.doubt();
  }

  confirm(): void {
    this.lease.confirm();
  }

  /** What it owns is claimable by the others at once. */
  override async close(): Promise<void> {
    if (this.session.state === 'lost') return;
    const { table } = this.#place;
    const { incarnation: owner } = this.session;
    const tasks = table.ownedBy(owner).map(({ record, fence }) => ({ taskId: record.taskId, fence }));
    await this.opened().write([{ type: 'orphan', owner, at: this.now(), tasks }]);
    this.lease.end(sessionLost('The store was closed.'));
    this.#place.stores.delete(owner);
  }
}

/** Everything is durable at once, and no task ever rests. */
class MemoryBacking implements Backing {
  readonly installationId = toBase32(toBigInt(randomBytes(16)), 26);
  readonly #logs = new Map<string, Buffer>();
  readonly #blobs = new Map<string, Map<string, Buffer>>();

  constructor(private readonly table: TaskTable) {}

  room: Backing['room'] = () => undefined;

  write: Backing['write'] = async () => undefined;

  load: Backing['load'] = (taskId) => Promise.reject(new TypeError(`task ${taskId} is not in memory`));

  olderEvents: Backing['olderEvents'] = async () => [];

  appendLog: Backing['appendLog'] = async (taskId, offset, bytes) => {
    const log = this.#logs.get(taskId) ?? Buffer.alloc(0);
    const known = log.subarray(offset, offset + bytes.length);
    this.#logs.set(taskId, Buffer.concat([log, newPart(taskId, offset, bytes, known, log.length)]));
  };

  readLog: Backing['readLog'] = async (taskId, offset, maxBytes) => {
    const log = this.#logs.get(taskId) ?? Buffer.alloc(0);
    return { bytes: Buffer.from(log.subarray(offset, offset + maxBytes)), size: log.length };
  };

  putBlob: Backing['putBlob'] = async (taskId, name, content) => this.#put(taskId, name, content);

  incoming: Backing['incoming'] = async (taskId) => ({
    put: (name, content) => this.#put(taskId, name, content, true),
    settle: async () => undefined,
    arrived: async () => undefined,
  });

  /** @param isNew what has the name already stays. */
  async #put(taskId: string, nameOf: NameOf, content: BlobContent, isNew = false): Promise<BlobInfo> {
    const bytes = await bytesOf(taskId, content);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const name = typeof nameOf === 'string' ? nameOf : nameOf(sha256);
    const blobs = this.#blobs.get(taskId) ?? new Map<string, Buffer>();
    if (!isNew || !blobs.has(name)) blobs.set(name, bytes);
    this.#blobs.set(taskId, blobs);
    return { name, size: bytes.length, sha256 };
  }

  borrowBlob: Backing['borrowBlob'] = async (taskId, name) => {
    const { bytes } = await this.getBlob(taskId, name, 0, Number.MAX_SAFE_INTEGER);
    const directory = await mkdtemp(join(tmpdir(), 'agentdispatch-'));
    await writeFile(join(directory, 'value'), bytes);
    return { file: join(directory, 'value'), release: () => rm(directory, { recursive: true, force: true }) };
  };

  getBlob: Backing['getBlob'] = async (taskId, name, offset, maxBytes) => {
    const bytes = this.#blobs.get(taskId)?.get(name);
    if (!bytes) throw artifactNotFound(taskId, name);
    return { bytes: Buffer.from(bytes.subarray(offset, offset + maxBytes)), size: bytes.length };
  };

  sizes: Backing['sizes'] = async () => (summary) => {
    const values = [...(this.#blobs.get(summary.taskId)?.values() ?? [])];
    return [this.#logs.get(summary.taskId), ...values].reduce((bytes, part) => bytes + (part?.length ?? 0), 0);
  };

  remove: Backing['remove'] = async (taskIds) => {
    for (const taskId of taskIds) {
      this.#logs.delete(taskId);
      this.#blobs.delete(taskId);
      this.table.removed(taskId);
    }
  };
}

async function bytesOf(taskId: string, content: BlobContent): Promise<Buffer> {
  if (content instanceof Uint8Array) return Buffer.from(content);
  if ('stream' in content) return await buffer(content.stream);
  const { file, rewrite } = content;
  try {
    const bytes = createReadStream(file);
    return await buffer(rewrite === undefined ? bytes : rewrite(bytes));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw artifactNotFound(taskId, file);
    throw error;
  }
}
