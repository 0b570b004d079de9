// Tells subscribers that a resource has changed. One watch of the control plane stands behind all subscriptions, and
// only while there are any. Knows no connection and no protocol era: who subscribes passes the news on.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '@agent-dispatch/core';
import type { WatchTasksOutput } from '@agent-dispatch/schemas';
import { placeOf, type Place } from './resource-place.js';

/** A resource is told of at most this often; what changes meanwhile is told once. */
const BETWEEN_MS = 1_000;
/** After a watch that failed; what changes meanwhile is told then. */
const AFTER_FAILURE_MS = 5_000;
/** The control plane watches so many at once. */
const MAX_TASKS = 1_000;
/** Of all subscribers together; a task can have any number of files. */
const MAX_RESOURCES = 10_000;
const WATCH_SECONDS = 45;

type News = WatchTasksOutput['tasks'][number];
type Change = News['changed'][number];

/** What of a task each kind of resource shows. */
const SHOWS: Partial<Record<Place['kind'], readonly Change[]>> = {
  task: ['status', 'events'],
  result: ['status'],
  artifact: ['status'],
  logs: ['log'],
};

interface Subscriber {
  uri: string;
  shows: readonly Change[];
  updated: (uri: string) => void;
}

interface WatchedTask {
  seen: string;
  subscribers: Set<Subscriber>;
}

export interface Subscription {
  /** Those of the resources asked for that can change and are there. */
  uris: string[];
  end(): void;
}

export interface ResourceUpdatesOptions {
  /** Told of watches that failed; they are tried again. */
  report: (error: unknown) => void;
  /** Default: time as it passes, which keeps no process alive. */
  pause?: (ms: number) => Promise<void>;
}

export class ResourceUpdates {
  readonly #tasks = new Map<string, WatchedTask>();
  #resources = 0;
  #round: AbortController | undefined;

  constructor(
    private readonly controlPlane: () => Promise<ControlPlane>,
    private readonly options: ResourceUpdatesOptions,
  ) {}

  /** No change after it resolves is missed. Errors: those of the control plane. */
  async subscribe(uris: readonly string[], updated: (uri: string) => void): Promise<Subscription> {
    const wanted = [...new Set(uris)].flatMap((uri) => {
      const place = placeOf(uri);
      const shows = place && SHOWS[place.kind];
      return place && 'taskId' in place && shows ? [{ taskId: place.taskId, subscriber: { uri, shows, updated } }] : [];
    });
    const known = new Map<string, string | undefined>();
    for (;;) {
      const strange = this.#strange(wanted, known);
      if (strange.length === 0) break;
      await this.#look(strange, known);
    }
    const kept = wanted.filter(({ taskId, subscriber }) => this.#add(taskId, known.get(taskId), subscriber));
    return {
      uris: kept.map(({ subscriber }) => subscriber.uri),
      end: () => {
        for (const { taskId, subscriber } of kept) this.#remove(taskId, subscriber);
      },
    };
  }

  /** Those whose state is not known, as far as there is room. One that is watched needs no look, until nobody else watches it. */
  #strange(wanted: readonly { taskId: string }[], known: ReadonlyMap<string, unknown>): string[] {
    const taskIds = new Set(wanted.map(({ taskId }) => taskId));
    const room = MAX_TASKS - this.#tasks.size - known.size;
    return [...taskIds].filter((taskId) => !this.#tasks.has(taskId) && !known.has(taskId)).slice(0, Math.max(room, 0));
  }

  async #look(taskIds: readonly string[], known: Map<string, string | undefined>): Promise<void> {
    const plane = await this.controlPlane();
    const asked = taskIds.map((task_id) => ({ task_id }));
    const { tasks } = await plane.watch({ tasks: asked, timeout_seconds: 0 });
    const seen = new Map(tasks.map((task) => [task.task_id, task.seen]));
    for (const taskId of taskIds) known.set(taskId, seen.get(taskId));
  }

  /** Whether it is watched: not what is not there, and not what came when there was no more room. */
  #add(taskId: string, seen: string | undefined, subscriber: Subscriber): boolean {
    if (this.#resources >= MAX_RESOURCES) return false;
    const task = this.#tasks.get(taskId);
    if (task) {
      task.subscribers.add(subscriber);
      this.#resources += 1;
      return true;
    }
    if (seen === undefined || this.#tasks.size >= MAX_TASKS) return false;
    this.#tasks.set(taskId, { seen, subscribers: new Set([subscriber]) });
    this.#resources += 1;
    // The round under way does not know this task.
    if (this.#round) this.#round.abort();
    else void this.#watch();
    return true;
  }

  #remove(taskId: string, subscriber: Subscriber): void {
    const task = this.#tasks.get(taskId);
    if (task?.subscribers.delete(subscriber) !== true) return;
    this.#resources -= 1;
    if (task.subscribers.size > 0) return;
    this.#tasks.delete(taskId);
    if (this.#tasks.size === 0) this.#round?.abort();
  }

  async #watch(): Promise<void> {
    const pause = this.options.pause ?? ((ms) => sleep(ms, undefined, { ref: false }));
    while (this.#tasks.size > 0) {
      this.#round = new AbortController();
      try {
        const news = await this.#changes(this.#round.signal);
        for (const task of news) this.#tell(task);
        // Also when it ended before its time and not by us: a control plane that is about to go does so at once.
        if (news.length > 0 || !this.#round.signal.aborted) await pause(BETWEEN_MS);
      } catch (error) {
        this.options.report(error);
        await pause(AFTER_FAILURE_MS);
      }
    }
    this.#round = undefined;
  }

  async #changes(signal: AbortSignal): Promise<News[]> {
    const plane = await this.controlPlane();
    const tasks = [...this.#tasks].map(([task_id, { seen }]) => ({ task_id, seen }));
    if (tasks.length === 0) return [];
    return (await plane.watch({ tasks, timeout_seconds: WATCH_SECONDS }, { signal })).tasks;
  }

  #tell({ task_id: taskId, seen, changed }: News): void {
    const task = this.#tasks.get(taskId);
    if (task === undefined) return;
    const isGone = seen === undefined;
    if (isGone) {
      this.#tasks.delete(taskId);
      this.#resources -= task.subscribers.size;
    } else task.seen = seen;
    for (const { uri, shows, updated } of task.subscribers)
      if (isGone || shows.some((change) => changed.includes(change))) updated(uri);
  }
}
