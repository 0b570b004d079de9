// Keeps every task of this session moving: claims what is due, gives each to a runner, and passes hints on to them.
import { toDispatchError, type DispatchError } from '../errors/index.js';
import type { StoredTask } from '../store/index.js';
import type { EnginePorts } from './ports.js';
import { TaskRunner, type RunnerHooks } from './task-runner.js';
import { after } from './timer.js';
import { WaitingLine } from './waiting-line.js';

const CLAIM_BATCH = 256;
/** Hints may be lost: so often the store is asked anyway. */
const SLOW_POLL_MS = 5_000;

export class Engine {
  private readonly runners = new Map<string, TaskRunner>();
  private readonly waiting = new WaitingLine<TaskRunner>();
  /** Slots of which some gets free by itself. */
  private readonly freeing = new Set<string>();
  private readonly stopped = new AbortController();
  private lookedAt = 0;
  private wake: (() => void) | undefined;
  private unwatch: (() => void) | undefined;
  private loop: Promise<void> | undefined;
  /** Why no task can go on; undefined while all is well. */
  failure: DispatchError | undefined;

  /** @param onFailure the store was lost or cannot be written: nothing can go on in this process. */
  constructor(
    private readonly ports: EnginePorts,
    private readonly onFailure?: (error: DispatchError) => void,
  ) {}

  /** Begins to work on the store's tasks, unless it was stopped already. The store's session must be held. */
  start(): void {
    if (this.stopped.signal.aborted) return;
    this.unwatch = this.ports.store.watch('*', (taskId) => this.hint(taskId));
    this.loop = this.run();
  }

  /** Tasks with a runner in this process. */
  get openTasks(): number {
    return this.runners.size;
  }

  /** Stops following everything; the tasks stay as they are stored and can be taken up again. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.unwatch?.();
    this.wake?.();
    await this.loop;
    await Promise.all([...this.runners.values()].map((runner) => runner.halt()));
    this.runners.clear();
  }

  private hint(taskId: string): void {
    const runner = this.runners.get(taskId);
    if (runner) void runner.poke();
    else this.wake?.();
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted && this.failure === undefined) {
      const hinted = this.nextHint();
      const tasks = await this.claim();
      this.takeUp(tasks);
      this.pokeUnread();
      if (tasks.length < CLAIM_BATCH) await hinted;
    }
  }

  /** Commands whose hint was lost. Looked for no more often than that may take: there may be many tasks. */
  private pokeUnread(): void {
    const { clock, store } = this.ports;
    if (this.failure !== undefined || clock.now() - this.lookedAt < SLOW_POLL_MS) return;
    this.lookedAt = clock.now();
    for (const { record, inbox, consumed } of store.mine()) {
      if (inbox > consumed) void this.runners.get(record.taskId)?.poke();
    }
  }

  /** Tasks that waited under an earlier owner wait on in their lines, before any other is let in. */
  private takeUp(tasks: readonly StoredTask[]): void {
    const slots = new Set<string>();
    const runners = tasks.map((task) => {
      const runner = new TaskRunner(task, this.ports, this.hooks);
      this.runners.set(runner.taskId, runner);
      const { status, waitingFor } = task.record;
      if (status === 'queued' && waitingFor !== undefined) {
        this.waiting.add(runner, waitingFor);
        slots.add(waitingFor);
      }
      return runner;
    });
    const begun = Promise.all(runners.map((runner) => runner.begin()));
    if (slots.size > 0) void begun.then(() => this.waiting.freed([...slots]));
  }

  private async claim(): ReturnType<EnginePorts['store']['claim']> {
    try {
      return await this.ports.store.claim(CLAIM_BATCH);
    } catch (error) {
      this.hooks.storeFailed(toDispatchError(error));
      return [];
    }
  }

  /** Resolves at the next hint, at the next due time, or after the slow poll; begins to listen at once. */
  private nextHint(): Promise<void> {
    const { clock, store } = this.ports;
    const due = store.nextDue();
    const ms = Math.min(SLOW_POLL_MS, due === undefined ? SLOW_POLL_MS : Math.max(due - clock.now(), 1));
    return new Promise<void>((resolve) => {
      const callOff = after(clock, ms, resolve);
      this.wake = () => {
        callOff();
        resolve();
      };
      if (this.stopped.signal.aborted) this.wake();
    });
  }

  /** One timer for each slot: whoever waits first is tried then, and says when to try again. */
  private freeAt(slot: string, at: number): void {
    if (this.freeing.has(slot)) return;
    this.freeing.add(slot);
    const { clock } = this.ports;
    clock.sleep(Math.max(at - clock.now(), 1), this.stopped.signal).then(
      () => {
        this.freeing.delete(slot);
        return this.waiting.freed([slot]);
      },
      () => undefined,
    );
  }

  private readonly hooks: RunnerHooks = {
    line: (runner, slots, isNext) =>
      isNext ? this.waiting.behindEarlier(runner, slots) : this.waiting.behind(runner, slots),
    waiting: (runner, slot, retryAt) => {
      this.waiting.add(runner, slot);
      if (retryAt !== undefined) this.freeAt(slot, retryAt);
    },
    admitted: (runner) => void this.waiting.remove(runner),
    slotsFreed: (slots) => void this.waiting.freed(slots),
    settled: (runner) => {
      // The task may have been claimed again meanwhile, by another runner.
      if (this.runners.get(runner.taskId) === runner) this.runners.delete(runner.taskId);
      const slot = this.waiting.remove(runner);
      // Who stood behind it may fit where it did not.
      if (slot !== undefined) void this.waiting.freed([slot]);
    },
    storeFailed: (error) => {
      if (this.failure === undefined) this.onFailure?.(error);
      this.failure ??= error;
      this.wake?.();
    },
  };
}
