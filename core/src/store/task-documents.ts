// One lowdb document per task, written behind the journal: from it a task that rests is read again.
import { dirname } from 'node:path';
import { Low, type Adapter } from 'lowdb';
import { codeOf } from '../config/thrown.js';
import { isDispatchError } from '../errors/index.js';
import type { FileLayer } from './file-layer.js';
import { decodeLine, encodeLine } from './record-codec.js';
import { corrupt, foreignSchema } from './store-errors.js';
import type { TaskPaths } from './task-paths.js';
import { freeze, type TaskState } from './task-state.js';
import { readWhole, temporaryName } from './whole-files.js';

const VERSION = 1;

interface TaskDocument {
  version: typeof VERSION;
  state: TaskState;
}

/** Tasks read or written lately. */
const RECENT = 256;

export class TaskDocuments {
  /** Least recently used first. */
  readonly #recent = new Map<string, TaskState>();

  constructor(
    private readonly files: FileLayer,
    private readonly paths: TaskPaths,
  ) {}

  /** Durable on return. Returns its bytes. */
  async write(state: TaskState): Promise<number> {
    const { taskId } = state.record;
    await this.paths.begin(taskId);
    const file = new DurableDocument(this.files, this.paths.document(taskId));
    await new Low<TaskDocument | null>(file, { version: VERSION, state }).write();
    await this.paths.settle(taskId);
    this.#remember(state);
    return file.bytes;
  }

  /** When the document says just this already: its bytes, durable on return. Otherwise undefined. */
  async confirm(state: TaskState): Promise<number | undefined> {
    const { taskId } = state.record;
    const file = new DurableDocument(this.files, this.paths.document(taskId));
    if (!(await file.confirm({ version: VERSION, state }))) return undefined;
    await this.paths.settle(taskId);
    return file.bytes;
  }

  /** Errors: AD_STORE_CORRUPT when there is none that can be read, AD_STORE_SCHEMA. */
  async read(taskId: string): Promise<TaskState> {
    const recent = this.#recent.get(taskId);
    const state = recent ?? (await this.#load(taskId));
    this.#remember(state);
    return state;
  }

  /** undefined: there is none that can be read. */
  async readIfSound(taskId: string): Promise<TaskState | undefined> {
    try {
      return await this.#load(taskId);
    } catch (error) {
      if (isDispatchError(error)) return undefined;
      throw error;
    }
  }

  forget(taskId: string): void {
    this.#recent.delete(taskId);
  }

  async #load(taskId: string): Promise<TaskState> {
    const file = new DurableDocument(this.files, this.paths.document(taskId));
    const document = new Low<TaskDocument | null>(file, null);
    await document.read();
    const version: number | undefined = document.data?.version;
    if (version !== undefined && version !== VERSION) {
      throw foreignSchema(`The document of task ${taskId}`, { found: version, known: VERSION });
    }
    if (document.data?.state.record.taskId === taskId) return freeze(document.data.state);
    throw corrupt(`The document of task ${taskId} is missing or damaged.`, { taskId, file: 'task.json' });
  }

  #remember(state: TaskState): void {
    const { taskId } = state.record;
    this.#recent.delete(taskId);
    this.#recent.set(taskId, state);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }
}

/**
 * lowdb's own adapters sync nothing and share one temporary name; this one is durable when `write` returns, and knows by
 * a checksum whether what it reads is what was written.
 */
class DurableDocument implements Adapter<TaskDocument | null> {
  /** What was written, or was there. */
  bytes = 0;

  constructor(
    private readonly files: FileLayer,
    private readonly path: string,
  ) {}

  async read(): Promise<TaskDocument | null> {
    const line = (await this.#line()) ?? Buffer.alloc(0);
    return (decodeLine(line.subarray(0, -1)) ?? null) as TaskDocument | null;
  }

  /** Whether the file holds just this document; durable then: who wrote it may have been killed before the sync. */
  async confirm(document: TaskDocument): Promise<boolean> {
    const line = Buffer.from(encodeLine(document));
    if (!(await this.#line())?.equals(line)) return false;
    this.bytes = line.length;
    const file = await this.files.open(this.path, 'update');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    await this.files.syncDirectory(dirname(this.path));
    return true;
  }

  /**
   * Renamed first and synced then: most file systems write all of it in one go. What is replaced meanwhile nobody needs:
   * the journal tells the task whole from the moment it came back to memory until it rests again.
   */
  async write(document: TaskDocument | null): Promise<void> {
    if (!document) throw new TypeError('there is no document to write');
    const line = Buffer.from(encodeLine(document));
    this.bytes = line.length;
    const temporary = temporaryName(this.path);
    const file = await this.files.open(temporary, 'create');
    try {
      await file.write(0, line);
      await this.files.rename(temporary, this.path);
      await file.datasync();
    } catch (error) {
      // The first failure is the one to tell; what stays behind goes with the task.
      await this.files.remove(temporary).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    await this.files.syncDirectory(dirname(this.path));
  }

  async #line(): Promise<Buffer | undefined> {
    try {
      return await readWhole(this.files, this.path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}
