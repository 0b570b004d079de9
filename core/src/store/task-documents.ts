// One lowdb document per task, written behind the journal: from it a task that rests is read again.
import { Low, type Adapter } from 'lowdb';
import { codeOf } from '../config/thrown.js';
import type { FileLayer } from './file-layer.js';
import { corrupt } from './store-errors.js';
import type { TaskPaths } from './task-paths.js';
import { freeze, type TaskState } from './task-state.js';
import { readWhole, replaceWhole } from './whole-files.js';

interface TaskDocument {
  version: 1;
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

  /** Durable on return. */
  async write(state: TaskState): Promise<void> {
    const { taskId } = state.record;
    await this.paths.make(taskId);
    const document = this.#document(taskId);
    document.data = { version: 1, state };
    await document.write();
    this.#remember(state);
  }

  /** Errors: AD_STORE_CORRUPT when there is none that can be read. */
  async read(taskId: string): Promise<TaskState> {
    const recent = this.#recent.get(taskId);
    const state = recent ?? (await this.#load(taskId));
    this.#remember(state);
    return state;
  }

  forget(taskId: string): void {
    this.#recent.delete(taskId);
  }

  async #load(taskId: string): Promise<TaskState> {
    const document = this.#document(taskId);
    await document.read();
    if (document.data?.state.record.taskId === taskId) return freeze(document.data.state);
    throw corrupt(`The document of task ${taskId} is missing or damaged.`, { taskId, file: 'task.json' });
  }

  #document(taskId: string): Low<TaskDocument | null> {
    return new Low<TaskDocument | null>(new DurableDocument(this.files, this.paths.document(taskId)), null);
  }

  #remember(state: TaskState): void {
    const { taskId } = state.record;
    this.#recent.delete(taskId);
    this.#recent.set(taskId, state);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }
}

/** lowdb's own adapters sync nothing and share one temporary name; this one is durable when `write` returns. */
class DurableDocument<Document> implements Adapter<Document> {
  constructor(
    private readonly files: FileLayer,
    private readonly path: string,
  ) {}

  async read(): Promise<Document | null> {
    try {
      return JSON.parse((await readWhole(this.files, this.path)).toString('utf8')) as Document;
    } catch (error) {
      if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  async write(document: Document): Promise<void> {
    await replaceWhole(this.files, this.path, Buffer.from(JSON.stringify(document)));
  }
}
