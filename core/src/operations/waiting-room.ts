// The tasks that calls wait for: each is watched once, and read once for all who wait for it. On the store's hints, with
// one slow poll behind them all; knows nothing about what is waited for.
import { after, isTerminal } from '../engine/index.js';
import type { Clock } from '../provider/index.js';
import type { StoredTask, TaskStore } from '../store/index.js';

/** The task as it is now; undefined: it could not be read, and whoever reads it finds out why. */
type Listener = (task: StoredTask | undefined) => void;

/** Hints may be lost: so often the tasks are read anyway. */
const SLOW_POLL_MS = 5_000;
/** Read by the poll before others get their turn. */
const READ_AT_ONCE = 250;

interface Watched {
  readonly taskId: string;
  readonly listeners: Set<Listener>;
  /** Told of every hint, output included, without that anything is read for them. */
  readonly hints: Set<() => void>;
  readonly unwatch: () => void;
  latest?: StoredTask;
  /** `again`: it changed while it was read. */
  reading: 'no' | 'once' | 'again';
}

export class WaitingRoom {
  readonly #watched = new Map<string, Watched>();
  #callOff: (() => void) | undefined;
  #polling = false;

  constructor(
    private readonly store: Pick<TaskStore, 'watch' | 'get'>,
    private readonly clock: Clock,
  ) {}

  /** Tells of every change from now on. Returns the function that ends it. */
  join(taskId: string, listener: Listener): () => void {
    const watched = this.#watched.get(taskId) ?? this.#watch(taskId);
    const own: Listener = (task) => listener(task);
    watched.listeners.add(own);
    this.#arm();
    return () => {
      watched.listeners.delete(own);
      this.#leave(watched);
    };
  }

  /** Calls when anything of the task may have changed, its output too, and so does the slow poll. Returns the function that ends it. */
  hear(taskId: string, hint: () => void): () => void {
    const watched = this.#watched.get(taskId) ?? this.#watch(taskId);
    const own = (): void => hint();
    watched.hints.add(own);
    this.#arm();
    return () => {
      watched.hints.delete(own);
      this.#leave(watched);
    };
  }

  /** Somebody has read the task: what is new in it is told to all who wait, for its hint will find nothing newer. */
  seen(task: StoredTask): void {
    const watched = this.#watched.get(task.record.taskId);
    if (watched) this.#tell(watched, task);
  }

  #watch(taskId: string): Watched {
    const unwatch = this.store.watch(taskId, () => void this.#look(watched));
    const watched: Watched = { taskId, listeners: new Set(), hints: new Set(), unwatch, reading: 'no' };
    this.#watched.set(taskId, watched);
    return watched;
  }

  #leave(watched: Watched): void {
    if (watched.listeners.size + watched.hints.size > 0 || this.#watched.get(watched.taskId) !== watched) return;
    watched.unwatch();
    this.#watched.delete(watched.taskId);
    if (this.#watched.size > 0) return;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  async #look(watched: Watched): Promise<void> {
    for (const hint of [...watched.hints]) hint();
    if (watched.listeners.size === 0) return;
    if (watched.reading !== 'no') {
      watched.reading = 'again';
      return;
    }
    do {
      watched.reading = 'once';
      this.#tell(watched, await this.store.get(watched.taskId).catch(() => undefined));
    } while (this.#again(watched));
    watched.reading = 'no';
  }

  // A method, for the compiler believes that nothing changes during an await.
  #again({ reading }: Watched): boolean {
    return reading === 'again';
  }

  /** Output alone is no change: chatty tasks hint with every line. */
  #tell(watched: Watched, task: StoredTask | undefined): void {
    if (task !== undefined && task.rev <= (watched.latest?.rev ?? -1)) return;
    watched.latest = task;
    for (const listener of [...watched.listeners]) listener(task);
  }

  #arm(): void {
    if (this.#watched.size === 0 || this.#polling) return;
    this.#callOff ??= after(this.clock, SLOW_POLL_MS, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    this.#callOff = undefined;
    this.#polling = true;
    let read = 0;
    for (const watched of [...this.#watched.values()]) {
      // It stays as it ended.
      if (watched.latest && isTerminal(watched.latest.record.status)) continue;
      await this.#look(watched);
      read += 1;
      if (read % READ_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#polling = false;
    this.#arm();
  }
}
