// Random work on a store, several tasks at once, remembered by a witness.
import type { TaskRecord } from '@agent-dispatch/schemas';
import { sampleChange, sampleRecord } from '../../testing/sample-task.js';
import type { StoreWitness } from '../../testing/store-witness.js';
import type { Change, StoredTask } from '../task-store.js';

export const STEPS = ['create', 'progress', 'talk', 'blob', 'end', 'cancel'] as const;

export interface Step {
  kind: (typeof STEPS)[number];
  /** Which task, of those that fit. */
  pick: number;
  /** How much: events, or bytes of a value. */
  size: number;
}

/** Steps of one round run at the same time, each on a task of its own. */
export interface Round {
  steps: readonly Step[];
  purge: boolean;
}

export class Workload {
  readonly #owned = new Map<string, StoredTask>();
  #count = 0;

  constructor(
    private readonly witness: StoreWitness,
    private readonly now: () => number,
  ) {}

  /** A successor begins: what is open must be claimable. */
  async begin(): Promise<void> {
    this.#owned.clear();
    await this.#claim();
    const unclaimed = this.witness.tasks.filter(({ taskId, status }) => isOpen(status) && !this.#owned.has(taskId));
    if (unclaimed.length > 0) throw new Error(`open tasks are not claimed: ${JSON.stringify(unclaimed)}`);
  }

  /** Ends when all steps have ended; rejects with what the first failed one said. */
  async round({ steps, purge }: Round): Promise<void> {
    const used = new Set<string>();
    const results = await Promise.allSettled(steps.map((step) => this.#step(step, used)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    await this.#claim();
    if (purge) await this.witness.purge(this.now() - 20);
  }

  async #claim(): Promise<void> {
    for (const task of await this.witness.claim(1000)) this.#owned.set(task.record.taskId, task);
  }

  #step(step: Step, used: Set<string>): Promise<unknown> {
    if (step.kind === 'cancel') return this.#cancelEnded(step, used);
    const free = [...this.#owned.values()].filter(({ record }) => !used.has(record.taskId));
    const task = free[step.pick % Math.max(1, free.length)];
    if (step.kind === 'create' || !task) return this.#create(step);
    const { taskId } = task.record;
    used.add(taskId);
    switch (step.kind) {
      case 'progress':
        return this.#commit(sampleChange(task, task.record.status, { events: this.#events(step.size) }));
      case 'talk':
        return this.#talk(task);
      case 'blob':
        return this.witness.putBlob(taskId, `value-${step.size % 2}`, `${this.#next()}`.repeat(1 + step.size));
      case 'end':
        return this.#end(task);
    }
  }

  #create({ size, pick }: Step): Promise<void> {
    const record = sampleRecord({ createdAt: this.now(), labels: { size: 'x'.repeat(size * 8) } });
    return this.witness.create(record, {
      events: this.#events(1),
      wakeAt: 0,
      ...(pick % 2 === 0 && { idempotency: { key: `key-${this.#next()}`, hash: 'h' } }),
      ...(pick % 3 === 0 && { blobs: [{ name: 'input', bytes: Buffer.from(`input-${this.#next()}`) }] }),
    });
  }

  /** A command and the commit that consumes it. */
  async #talk(task: StoredTask): Promise<void> {
    await this.witness.post(task.record.taskId, `command-${this.#next()}`);
    const { inbox = 0 } = (await this.witness.store.get(task.record.taskId)) ?? {};
    await this.#commit(sampleChange(task, task.record.status, { consumed: inbox, events: this.#events(1) }));
  }

  async #cancelEnded({ pick }: Step, used: Set<string>): Promise<void> {
    const ended = this.witness.tasks.filter(({ taskId, status }) => !isOpen(status) && !used.has(taskId));
    const task = ended[pick % Math.max(1, ended.length)];
    if (!task) return;
    used.add(task.taskId);
    await this.witness.post(task.taskId, `cancel-${this.#next()}`, 'cancel');
  }

  async #end(task: StoredTask): Promise<void> {
    const record: TaskRecord = { ...task.record, status: 'succeeded', endedAt: task.record.endedAt ?? this.now() };
    const rest = { events: this.#events(1), wakeAt: undefined, consumed: task.inbox, keep: false };
    await this.#commit({ ...sampleChange(task, 'succeeded', rest), record });
  }

  async #commit(change: Change): Promise<void> {
    const [result] = await this.witness.commit([change]);
    if (result?.status !== 'ok') throw new Error(`the commit ends ${result?.status}`);
    if (change.keep === false) this.#owned.delete(change.taskId);
    else this.#owned.set(change.taskId, result.task);
  }

  #events(count: number): { type: 'progress'; message: string }[] {
    return Array.from({ length: count }, () => ({ type: 'progress', message: `event-${this.#next()}` }));
  }

  #next(): number {
    return ++this.#count;
  }
}

const isOpen = (status: TaskRecord['status']): boolean => status !== 'succeeded';
