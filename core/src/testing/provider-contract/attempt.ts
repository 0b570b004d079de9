// One attempt as a host would carry it: the handle and cursor that it stored, and the verbs, each over a process boundary.
// Counts nothing itself; the world does.
import assert from 'node:assert/strict';
import type { CleanupProof, Handle, Resource } from '@agent-dispatch/schemas';
import { isHandle, type StreamingVerb } from '../../engine/driver-event.js';
import { protocolDrivers, speak } from '../../protocol/index.js';
import type { CancelLevel, Driver, DriverContext, DriverEvent } from '../../provider/index.js';
import { Following } from './following.js';
import { crossed } from './crossing.js';
import type { Ground } from './ground.js';

export class Attempt {
  /** As stored. */
  handle: Handle;
  /** Of the latest event of start or resume that had one. */
  cursor: string | undefined;
  /** All events that were taken, of every verb. */
  readonly events: DriverEvent[] = [];

  constructor(
    readonly ground: Ground,
    private driver: Driver,
    readonly context: DriverContext,
  ) {
    const { request } = context;
    const handle = driver.plan(request, ground.planContext(context));
    assert(isHandle(handle), `plan gave no handle that can be stored: ${JSON.stringify(handle)}`);
    this.handle = crossed(handle, 'the handle');
    ground.hear(this.handle);
  }

  get taskId(): string {
    return this.context.taskId;
  }

  /** What the attempt may make and has to release. */
  get owned(): Resource[] {
    return this.handle.resources.filter(({ scope }) => scope !== 'borrowed');
  }

  /** All output so far. */
  get output(): string {
    return outputOf(this.events);
  }

  /** The process dies: a fresh instance goes on from what was stored. Verbs under way are not told. */
  async restart(): Promise<void> {
    this.driver = await this.ground.freshDriver();
  }

  async provision(): Promise<void> {
    await this.follow('provision').rest();
  }

  /** plan, provision and start, to the end. */
  async run(): Promise<DriverEvent[]> {
    await this.provision();
    return await this.follow('start').rest();
  }

  follow(verb: StreamingVerb): Following {
    const following = new Following(this, verb, (signal) => this.open(verb, signal));
    this.ground.opened(following);
    return following;
  }

  async cancel(handle = this.handle): Promise<CancelLevel> {
    const level = await this.heard(this.driver.cancel(handle, this.context));
    assert(['stopped', 'requested', 'unsupported'].includes(level), `cancel answered ${JSON.stringify(level)}`);
    return level;
  }

  async cleanup(resources: readonly Resource[] = this.owned): Promise<CleanupProof[]> {
    const proofs = await this.heard(this.driver.cleanup(resources, this.handle, this.context));
    return crossed(proofs, 'the proofs of cleanup');
  }

  /** Follows the work to its end as the engine does after a crash. Undefined where the manifest makes it `lost`. */
  async recover(stage: 'starting' | 'running'): Promise<DriverEvent | undefined> {
    const { resume, startIdempotent } = this.ground.offer;
    if (stage === 'starting' && startIdempotent === true) return (await this.follow('start').rest()).at(-1);
    if (resume !== true) return undefined;
    const answers = await this.follow('resume').rest();
    if (answers[0]?.type === 'unknown') {
      assert.equal(stage, 'starting', 'work that was heard from is not found again, though the offer declares resume');
      return undefined;
    }
    if (answers[0]?.type !== 'not_started') return answers.at(-1);
    assert.equal(stage, 'starting', 'work that was heard from is said never to have begun');
    return (await this.follow('start').rest()).at(-1);
  }

  private async *open(verb: StreamingVerb, signal: AbortSignal): AsyncGenerator<DriverEvent> {
    const { driver, handle } = this;
    const cursor = verb === 'resume' && this.cursor !== undefined ? { cursor: this.cursor } : {};
    const context: DriverContext = {
      ...this.context,
      ...cursor,
      signal,
    };
    if (verb === 'provision') {
      yield* driver.provision(handle, context);
    } else if (this.ground.offer.spokenBy === 'driver') {
      yield* need(driver[verb]).call(driver, handle, context);
    } else {
      const protocol = await protocolDrivers.get(this.ground.combination.protocol);
      yield* speak(verb, protocol, need(driver.channel).call(driver, handle, context), handle, context);
    }
  }

  private async heard<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      const value = await answer;
      this.ground.hear(value);
      return value;
    } catch (error) {
      this.ground.hear(error);
      throw error;
    }
  }
}

/** The kit tests the verbs against the manifest first; without one of them every other test fails here. */
function need<Verb>(verb: Verb | undefined): Verb {
  assert(verb !== undefined, 'the driver lacks a verb that its manifest calls for');
  return verb;
}

export const outputOf = (events: readonly DriverEvent[]): string =>
  events.map((event) => (event.type === 'log' && event.stream !== 'system' ? event.text : '')).join('');

/** How the work ended, from the last event. */
export function endOf(event: DriverEvent | undefined): Extract<DriverEvent, { type: 'ended' }> {
  assert(event?.type === 'ended', `the last event is no end: ${JSON.stringify(event)}`);
  return event;
}
