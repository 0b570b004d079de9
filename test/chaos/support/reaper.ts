// Kills dispatchers and front doors, or pauses a dispatcher for good, when the world has moved: after an acknowledgement,
// a beginning, an ending. Never after a time. Chance decides which of these moments somebody dies of, so that the wanted
// number is reached in the end.
import { connect } from '@agent-dispatch/core/dispatcher';
import path from 'node:path';
import { type Place, repository } from '../../e2e/support/place.js';
import { processesWith, type RunningProcess } from '../../e2e/support/processes.js';
import type { Dice } from './dice.js';
import type { FrontDoors } from './front-doors.js';
import type { Span } from './world.js';

const DISPATCHER = 'dispatcher';
const PAUSED = 'paused dispatcher';
/** Dispatchers more often: they are what everything else is about. */
const VICTIMS = [DISPATCHER, DISPATCHER, DISPATCHER, PAUSED, 'mcp server', 'mcp server', 'command line'] as const;
type Victim = (typeof VICTIMS)[number];

/** So long a front door waits here for the hello of a dispatcher, before it takes over. */
const ANSWER_MS = 1_000;

export class Reaper {
  readonly kills: Record<Victim, number> = { dispatcher: 0, [PAUSED]: 0, 'mcp server': 0, 'command line': 0 };
  /** When dispatchers were killed. */
  readonly dispatcherKills: Span[] = [];
  readonly #killed = new Set<number>();
  #left: number;
  #moments: number;
  /** One at a time: nobody is killed twice. */
  #queue: Promise<void> = Promise.resolve();

  /** @param options how many are to be killed, at about so many moments. */
  constructor(
    private readonly place: Place,
    private readonly doors: FrontDoors,
    private readonly dice: Dice,
    { kills, moments }: { kills: number; moments: number },
  ) {
    this.#left = kills;
    this.#moments = moments;
  }

  /** The world has moved. Resolves when whoever dies of it has been killed. */
  moment(): Promise<void> {
    const isDue = this.dice.chance(this.#left / Math.max(this.#moments, 1));
    this.#moments -= 1;
    if (isDue) this.#queue = this.#queue.then(() => this.#strike());
    return this.#queue;
  }

  async #strike(): Promise<void> {
    if (this.#left <= 0) return;
    const victim = this.dice.pick(VICTIMS);
    // A command line is there for moments only.
    const struck = (await this.#kill(victim)) ? victim : (await this.#kill(DISPATCHER)) ? DISPATCHER : undefined;
    if (struck === undefined) return;
    this.kills[struck] += 1;
    this.#left -= 1;
  }

  #kill(victim: Victim): Promise<boolean> {
    switch (victim) {
      case DISPATCHER:
        return this.#signalDispatcher('SIGKILL');
      case PAUSED:
        return this.#pauseDispatcher();
      default:
        return this.doors.kill(victim);
    }
  }

  /** Whoever comes next takes the directory over, and ends the paused process. */
  async #pauseDispatcher(): Promise<boolean> {
    const from = Date.now();
    if (!(await this.#signalDispatcher('SIGSTOP'))) return false;
    const plane = await connect({
      configPath: this.place.configFile,
      cwd: this.place.root,
      env: this.place.env,
      bundledPlugins: [path.join(repository, 'plugins/provider-local')],
      clientName: 'reaper',
      answerMs: ANSWER_MS,
    });
    await plane.close();
    // Meanwhile one that was just starting may have been too slow, and was taken over as well.
    this.dispatcherKills.push([from, Date.now()]);
    // One that was not the owner, as between two of them, was not in anybody's way: it goes on, and finds that it is late.
    for (const { pid } of await this.#dispatchers()) if (this.#killed.has(pid)) signal(pid, 'SIGCONT');
    return true;
  }

  /** False when none runs, as between two of them. */
  async #signalDispatcher(name: 'SIGKILL' | 'SIGSTOP'): Promise<boolean> {
    const running = (await this.#dispatchers()).filter(({ pid }) => !this.#killed.has(pid));
    for (const { pid } of running) {
      this.#killed.add(pid);
      signal(pid, name);
    }
    const now = Date.now();
    if (running.length > 0) this.dispatcherKills.push([now, now]);
    return running.length > 0;
  }

  async #dispatchers(): Promise<RunningProcess[]> {
    const all = await processesWith(this.place.path('bin'));
    const named = all.filter(({ command }) => command.includes('dispatcher-process.js'));
    // What a dispatcher starts bears its name for the moment before it becomes its own program.
    return named.filter(({ parent }) => named.every(({ pid }) => pid !== parent));
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended by itself since it was listed.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
