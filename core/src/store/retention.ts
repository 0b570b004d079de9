// Removes ended tasks by the rules of the configuration: some time after the start, and then every hour.
import type { Clock, Logger } from '../provider/index.js';
import type { TaskStore } from './task-store.js';

/** What has to be done at a start comes first. */
const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface RetentionRules {
  /** Days after their end. */
  days?: number;
  /** Of all ended tasks together. */
  maxBytes?: number;
}

export interface RetentionOptions {
  store: Pick<TaskStore, 'purge' | 'now'>;
  clock: Clock;
  rules: RetentionRules;
  logger?: Logger;
}

export class Retention {
  readonly #stopped = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(private readonly options: RetentionOptions) {}

  start(): void {
    this.#loop = this.#run();
  }

  /** Returns when nothing is being removed any more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    for (let pause = FIRST_MS; await this.#slept(pause); pause = EVERY_MS) await this.#purge();
  }

  /** false: stopped. */
  async #slept(ms: number): Promise<boolean> {
    const { signal } = this.#stopped;
    await this.options.clock.sleep(ms, signal).catch(() => undefined);
    return !signal.aborted;
  }

  /** What fails is tried again an hour later: nothing depends on it. */
  async #purge(): Promise<void> {
    const { store, rules, logger } = this.options;
    const before = rules.days === undefined ? 0 : store.now() - rules.days * DAY_MS;
    try {
      const removed = await store.purge(before, rules.maxBytes);
      if (removed > 0) logger?.info('ended tasks were removed by the rules of retention', { removed });
    } catch (error) {
      logger?.warn('ended tasks could not be removed', { error: String(error) });
    }
  }
}
