// One state directory and its dispatchers, killed one after the other: each step starts the next one, which takes up what
// the last one left, is given a task of its own and is killed at the chosen point. In the end the real dispatcher, found
// by a real front door, brings every task to rest.
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ConnectOptions } from '@agent-dispatch/core/dispatcher';
import type { TaskView } from '@agent-dispatch/schemas';
import { repository } from '../../e2e/support/place.js';
import { diaryLine, HELD } from '../watched/diary.js';
import { Client } from './client.js';
import { CANCEL_ACCEPTED, DISPATCHER_GONE, isPoint, note, readDiary, type Entry } from './diary-entries.js';
import { isAtRest, judge, type JourneyTask } from './judge.js';
import { startWatched, type WatchedDispatcher } from './watched-dispatcher.js';
import type { Kind, World } from './world.js';

export interface Step {
  /** Where the dispatcher kills itself. */
  kill: string;
  kind: Kind;
  /** When its task is cancelled: while its work runs, by the next dispatcher after the kill, or while it is held. */
  cancel?: 'running' | 'after the kill' | { held: string };
  /** Half a line is put at the end of the journal before. */
  torn?: boolean;
  /** The dispatcher removes every task that has ended, as soon as it is up. */
  purged?: boolean;
}

const LOOK_MS = 10;
/** So small that a few tasks fill them. */
const STORE = { segmentBytes: 4_096, checkpointBytes: 8_192 };
const bundledPlugins = [path.join(repository, 'plugins/provider-local')];

interface Visit {
  step: Step;
  run: string;
  client: Client;
  dispatcher: WatchedDispatcher;
  release: string;
}

export class Journey {
  readonly tasks: JourneyTask[] = [];
  readonly problems: string[] = [];
  readonly #diary: string;
  readonly #options: ConnectOptions;
  #runs = 0;
  #toCancel: JourneyTask | undefined;

  constructor(readonly world: World) {
    const { place, env } = world;
    this.#diary = place.path('diary');
    this.#options = { configPath: place.configFile, cwd: place.root, env, bundledPlugins, clientName: 'crash' };
  }

  get entries(): Entry[] {
    return readDiary(this.#diary);
  }

  /** Nobody has made the state directory usable yet. */
  async isFresh(): Promise<boolean> {
    return !existsSync(path.join(await this.world.place.stateDir(), 'installation.json'));
  }

  /** Returns the name of the run; whether it was killed where it should stands in the diary. */
  async step(step: Step): Promise<string> {
    const { place, env } = this.world;
    const run = `run-${String((this.#runs += 1))}`;
    const release = place.path(`release-${run}`);
    if (step.torn) await this.#tear();
    if (step.purged) for (const task of this.tasks) task.mayBeGone = true;
    const diary = { file: this.#diary, run, kill: step.kill, ...holdOf(step, release) };
    const dispatcher = await startWatched(
      { configFile: place.configFile, bundledPlugins, store: STORE, purge: step.purged === true, diary },
      { cwd: place.root, env },
    );
    const client = dispatcher.ready ? await Client.connect(this.#options) : undefined;
    if (client) {
      await this.#visit({ step, run, client, dispatcher, release });
      client.close();
    }
    dispatcher.kill();
    if ((await dispatcher.ended) !== 'SIGKILL')
      throw new Error(`the dispatcher of ${run} (${step.kill}) ended by itself`);
    note(this.#diary, DISPATCHER_GONE);
    return run;
  }

  /** Of a run whose task was held and cancelled: what it passed from then on. */
  passedAfterCancel(run: string): string[] {
    const own = this.entries.filter((entry) => entry.run === run);
    const held = own.findIndex(({ point }) => point === HELD);
    return own
      .slice(held + 1)
      .filter(isPoint)
      .map(({ point }) => point);
  }

  /** Every task, brought to rest by the real dispatcher and judged. */
  async rest(): Promise<void> {
    const plane = await connect(this.#options);
    try {
      for (const task of this.tasks) {
        this.problems.push(...(await judge(task, { plane, world: this.world, entries: () => this.entries })));
      }
    } finally {
      await plane.close();
    }
    const counted = this.tasks.reduce((all, { starts = 0 }) => all + starts, 0);
    const begun = this.world.starts();
    if (begun !== counted)
      this.problems.push(`work was begun ${String(begun)} times, for tasks ${String(counted)} times`);
    for (const leak of await this.world.leaks()) this.problems.push(`left behind: ${leak}`);
  }

  /** What the front door of one dispatcher does, until that dies or has nothing more to do. */
  async #visit(visit: Visit): Promise<void> {
    const { step, run, client } = visit;
    const former = this.#toCancel;
    this.#toCancel = undefined;
    if (former && !former.mayBeGone && !(await this.#cancel(visit, former))) return;

    const task: JourneyTask = {
      key: `${path.basename(this.world.place.root)}-${run}`,
      kind: step.kind,
      kill: step.kill,
    };
    this.tasks.push(task);
    if (step.cancel !== undefined) task.unwanted = true;
    if (step.cancel === 'after the kill') this.#toCancel = task;
    const accepted = await client.call('dispatch', this.world.request(task.key, task.kind));
    if (accepted === undefined) return;
    task.taskId = (accepted as TaskView).task_id;
    if (this.#read(visit, 'dispatch', task.taskId)) return;
    if (step.cancel !== undefined && step.cancel !== 'after the kill') {
      const isUp =
        step.cancel === 'running'
          ? ({ status }: TaskView): boolean => status === 'running'
          : (): boolean => this.#isHeld(run);
      if (!(await until(client, task.taskId, (view) => isUp(view) || isAtRest(view)))) return;
      if (step.cancel !== 'running' && !this.#isHeld(run)) this.problems.push(`${run} was not held`);
      if (!(await this.#cancel(visit, task))) return;
      appendFileSync(visit.release, '');
    }
    await until(client, task.taskId, isAtRest);
  }

  /** false: the dispatcher died before the cancel was accepted, or at its acceptance. */
  async #cancel(visit: Visit, task: JourneyTask): Promise<boolean> {
    if (task.taskId === undefined) return true;
    const answer = await visit.client.call('cancel', { task_id: task.taskId });
    if (answer === undefined) return false;
    task.cancelledAt = answer.status;
    note(this.#diary, CANCEL_ACCEPTED, task.taskId);
    return !this.#read(visit, 'cancel', task.taskId);
  }

  /** An acknowledgement was read: a crash point of its own, where the caller is the one who kills. */
  #read({ run, step, dispatcher }: Visit, operation: string, taskId: string): boolean {
    const point = `acknowledgement.${operation}.after`;
    const dies = step.kill === point;
    appendFileSync(this.#diary, diaryLine(run, point, taskId, dies ? 'killed' : ''));
    if (dies) dispatcher.kill();
    return dies;
  }

  #isHeld(run: string): boolean {
    return this.entries.some((entry) => entry.run === run && entry.point === HELD);
  }

  /** Nothing where the dispatcher died before it had a journal. */
  async #tear(): Promise<void> {
    const directory = path.join(await this.world.place.stateDir(), 'journal');
    if (!existsSync(directory)) return;
    const order = (name: string): number[] => name.split(/[-.]/).map(Number);
    const isLater = (a: string, b: string): number =>
      (order(a)[0] ?? 0) - (order(b)[0] ?? 0) || (order(a)[1] ?? 0) - (order(b)[1] ?? 0);
    const newest = readdirSync(directory).sort(isLater).at(-1);
    if (newest !== undefined) appendFileSync(path.join(directory, newest), '{"crc":"0000');
  }
}

const holdOf = ({ cancel }: Step, file: string): { hold?: { place: string; file: string } } =>
  typeof cancel === 'object' ? { hold: { place: cancel.held, file } } : {};

/** false: the dispatcher died before it held. */
async function until(client: Client, taskId: string, holds: (view: TaskView) => boolean): Promise<boolean> {
  for (;;) {
    const view = await client.call('get', { task_id: taskId });
    if (view === undefined) return false;
    if (holds(view)) return true;
    await delay(LOOK_MS);
  }
}
