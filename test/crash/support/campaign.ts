// One driver under attack: journeys one after the other, each in a state directory of its own, and what they covered.
import type { Point } from '../points.js';
import type { Coverage } from './coverage.js';
import { Journey, type Step } from './journey.js';
import type { World } from './world.js';

/** Chance may lead past a point: work that was taken up again can be killed there first, or end too soon. */
const TRIES = 6;
/** Then another state directory is begun. */
const STEPS_OF_A_JOURNEY = 40;

export class Campaign {
  readonly problems: string[] = [];
  tasks = 0;
  lost = 0;
  #steps = 0;
  #journey: Journey | undefined;

  constructor(
    private readonly makeWorld: () => Promise<World>,
    readonly coverage: Coverage,
  ) {}

  /** Kills at the point, unless a kill elsewhere was at the same instant already. */
  async cover(point: Point): Promise<void> {
    for (let tries = 0; tries < TRIES && !this.coverage.killed.has(point.name); tries += 1) await this.kill(point);
  }

  /** @param cancel whether the task is cancelled by the next dispatcher. */
  async kill({ name, way }: Point, cancel?: 'after the kill'): Promise<void> {
    if (way.fresh && !(await this.#journey?.isFresh())) await this.rest();
    if (way.recovered !== undefined) await this.#take({ kill: way.recovered, kind: 'quick' });
    await this.#take({
      kill: name,
      kind: way.kind ?? 'quick',
      ...(way.torn && { torn: true }),
      ...(way.purged && { purged: true }),
      ...((way.cancelled ?? cancel) && { cancel: way.cancelled ?? cancel }),
    });
  }

  /** A task is cancelled while it is held: first to see what is passed after that, then with a kill at each of these. */
  async cancelHeld(place: string): Promise<void> {
    const step = { kind: 'quick', cancel: { held: place } } as const;
    const run = await this.#take({ ...step, kill: 'nowhere' });
    const passed = this.#journey?.passedAfterCancel(run) ?? [];
    for (const kill of new Set(passed)) await this.#take({ ...step, kill });
  }

  /** Ends the journey under way: every task of it is brought to rest and judged. */
  async rest(): Promise<void> {
    const journey = this.#journey;
    this.#journey = undefined;
    this.#steps = 0;
    if (!journey) return;
    try {
      await journey.rest();
    } finally {
      this.problems.push(...journey.problems);
      this.tasks += journey.tasks.length;
      this.lost += journey.tasks.filter(({ ended }) => ended === 'lost').length;
      await journey.world.place.end();
    }
  }

  async #take(step: Step): Promise<string> {
    if (this.#steps >= STEPS_OF_A_JOURNEY) await this.rest();
    this.#steps += 1;
    this.#journey ??= new Journey(await this.makeWorld());
    const run = await this.#journey.step(step);
    this.coverage.add(this.#journey.entries, run);
    return run;
  }
}
