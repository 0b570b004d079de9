// The store as one caller has it, for one call. Every operation works on such a view, so that here, and nowhere else, is
// decided what a caller may see: a subject its own tasks, as if there were no others; the local user all. What a caller
// leaves in a task is written here too: its subject, its trace, the id of its call, and the line in the audit file.
import type { TaskRecord } from '@agent-dispatch/schemas';
import { acceptance, accepted, type Tracer } from '../engine/index.js';
import { toDispatchError } from '../errors/index.js';
import { readTrace, type CallerIdentity } from '../intake/index.js';
import type { Command, CreateOptions, ListQuery, StoredTask, TaskStore } from '../store/index.js';
import { taskNotFound, type Operations, type VisibleTasks } from './operation.js';

/** Told of what the call has changed, once that is durable. Never throws. */
export interface Witness {
  created(task: TaskRecord, isNew: boolean, input: () => Promise<string | Uint8Array>): Promise<void>;
  posted(taskId: string, command: Command): Promise<void>;
}

export class CallerStore implements VisibleTasks {
  readonly #store: VisibleTasks;
  readonly #tracer: Tracer;
  readonly #caller: CallerIdentity;
  readonly #witness: Witness | undefined;
  /** Found in this call already: a task never changes its subject. */
  readonly #own = new Set<string>();

  constructor({ store, tracer }: Pick<Operations, 'store' | 'tracer'>, caller: CallerIdentity, witness?: Witness) {
    this.#store = store;
    this.#tracer = tracer;
    this.#caller = caller;
    this.#witness = witness;
  }

  get installationId(): string {
    return this.#store.installationId;
  }

  now(): number {
    return this.#store.now();
  }

  /**
   * The task first, then the audit line, then the answer: a task is never acknowledged before it is stored, and neither is
   * it lost because its line could not be written. That is told in the dispatcher's log, and the record says who asked.
   */
  async create(record: TaskRecord, options: CreateOptions): ReturnType<TaskStore['create']> {
    const made = await this.#accept(record, options);
    const stored = made.task.record;
    this.#own.add(stored.taskId);
    await this.#witness?.created(stored, made.created, () => this.#inputOf(stored));
    return made;
  }

  /** In a span of its own, whose context the task is stored with. */
  async #accept(record: TaskRecord, options: CreateOptions): ReturnType<TaskStore['create']> {
    const { fill, idempotency, ...rest } = options;
    const span = this.#tracer.begin(acceptance(this.#marked(record, readTrace(this.#caller.trace))));
    try {
      const made = await span.run(() =>
        this.#store.create(this.#marked(record, span.trace), {
          ...rest,
          ...(idempotency && { idempotency: { ...idempotency, key: this.#ownKey(idempotency.key) } }),
          ...(fill && { fill: async (values) => this.#marked(await fill(values), span.trace) }),
        }),
      );
      span.end(accepted(made.task.record, made.created));
      return made;
    } catch (error) {
      span.end({ error: toDispatchError(error).code });
      throw error;
    }
  }

  async post(taskId: string, command: Command): ReturnType<TaskStore['post']> {
    await this.#find(taskId);
    const posted = await this.#store.post(taskId, command);
    await this.#witness?.posted(taskId, command);
    return posted;
  }

  async get(taskId: string): Promise<StoredTask | undefined> {
    const task = await this.#store.get(taskId);
    if (task === undefined || !this.#sees(task.record)) return undefined;
    this.#own.add(taskId);
    return task;
  }

  list(query: ListQuery): ReturnType<TaskStore['list']> {
    const { subject } = this.#caller;
    return this.#store.list(subject === undefined ? query : { ...query, subject });
  }

  async readEvents(taskId: string, afterSeq: number, limit: number): ReturnType<TaskStore['readEvents']> {
    await this.#find(taskId);
    return await this.#store.readEvents(taskId, afterSeq, limit);
  }

  async readLog(taskId: string, offset: number, maxBytes: number): ReturnType<TaskStore['readLog']> {
    await this.#find(taskId);
    return await this.#store.readLog(taskId, offset, maxBytes);
  }

  async getBlob(taskId: string, name: string, offset: number, maxBytes: number): ReturnType<TaskStore['getBlob']> {
    await this.#find(taskId);
    return await this.#store.getBlob(taskId, name, offset, maxBytes);
  }

  async *handles(account: string): AsyncIterable<StoredTask> {
    for await (const task of this.#store.handles(account)) if (this.#sees(task.record)) yield task;
  }

  #sees(record: TaskRecord): boolean {
    const { subject } = this.#caller;
    return subject === undefined || record.subject === subject;
  }

  /** Errors: AD_TASK_NOT_FOUND, the same for what is another's and for what never was. */
  async #find(taskId: string): Promise<void> {
    if (!this.#own.has(taskId) && (await this.get(taskId)) === undefined) throw taskNotFound(taskId);
  }

  async #inputOf({ taskId, input: { inline, blob, size = 0 } }: TaskRecord): Promise<string | Uint8Array> {
    if (blob === undefined) return JSON.stringify(inline);
    return (await this.#store.getBlob(taskId, blob, 0, size)).bytes;
  }

  #marked(record: TaskRecord, trace: TaskRecord['trace']): TaskRecord {
    const { subject, callId } = this.#caller;
    return {
      ...record,
      ...(subject !== undefined && { subject }),
      ...(callId !== undefined && { callId }),
      ...(trace && { trace }),
    };
  }

  /** Keys of two subjects never meet: no subject holds a colon, and no key of the local user begins so. */
  #ownKey(key: string): string {
    const { subject } = this.#caller;
    return subject === undefined ? key : `subject:${subject}:${key}`;
  }
}
