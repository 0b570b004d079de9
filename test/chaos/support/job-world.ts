// The fake job cloud, by three drivers that differ in how they find work again. Orders its faults with the tasks, hosts
// that are killed in the middle of a request among them. What can be asked again is never lost there.
import type { Config } from '@agent-dispatch/schemas';
import { Place } from '../../e2e/support/place.js';
import {
  type Fault,
  FAULTY_PROVIDER,
  type FaultyCloud,
  type Operation,
  type RequestRecord,
  startFaultyCloud,
} from '@agent-dispatch/test/fakes/faulty/index.js';
import { counted } from './counted.js';
import { meets, type Accepted, type Ended, type Fate, type Plan, type Span, type World } from './world.js';

/** By turns. */
const DRIVERS = ['keyed', 'numbered', 'streamed'] as const;
type DriverName = (typeof DRIVERS)[number];
const FATES: readonly Fate[] = ['end', 'cancel', 'end', 'timeout', 'end', 'fail', 'end', 'cancel-at-once'];

const ENDS: Partial<Record<Fate, string>> = { end: 'well', fail: 'badly' };
const LINES = 4;
const TIMEOUT_SECONDS = 5;

/** Under the settle time of the drivers. */
const LATE_MS = 300;
const FAULTS: readonly (readonly Fault[])[] = [
  [],
  [{ at: 'start', kind: 'lost-response' }],
  [{ at: 'start', kind: 'error', status: 429 }],
  [{ at: 'follow', kind: 'reset', events: 2 }],
  [{ at: 'start', kind: 'late', ms: LATE_MS }],
  [{ at: 'provision', kind: 'error', status: 503 }],
  [{ at: 'start', kind: 'error', status: 503 }],
  [{ at: 'follow', kind: 'duplicate', times: 3 }],
  [
    { at: 'stop', kind: 'linger', ms: LATE_MS },
    { at: 'stop', kind: 'lost-response' },
  ],
  [
    { at: 'remove', kind: 'keep', times: 2 },
    { at: 'remove', kind: 'error' },
  ],
  [
    { at: 'provision', kind: 'slow', ms: LATE_MS },
    { at: 'provision', kind: 'lost-response' },
  ],
  [{ at: 'start', kind: 'slow', ms: LATE_MS }],
  [{ at: 'start', kind: 'reset', events: 1 }],
];
const HOST_KILLS: readonly (readonly Fault[])[] = [
  [{ at: 'provision', kind: 'kill-host' }],
  [{ at: 'start', kind: 'kill-host', before: true }],
  [{ at: 'start', kind: 'kill-host' }],
  [{ at: 'follow', kind: 'kill-host' }],
  [{ at: 'remove', kind: 'kill-host' }],
];
/** One task in so many kills its dispatcher. */
const HOST_KILL_EVERY = 7;

export class JobWorld implements World {
  private constructor(
    readonly place: Place,
    private readonly cloud: FaultyCloud,
    private readonly hostsDie: boolean,
  ) {}

  /** @param options whether tasks kill their dispatchers. */
  static async make({ hostsDie }: { hostsDie: boolean }): Promise<JobWorld> {
    const cloud = await startFaultyCloud();
    const runtime = (driver: DriverName): NonNullable<Config['runtimes']>[string] => ({
      account: 'cloud',
      driver,
      capability: 'agent-runtime',
      target: { mode: 'runtime', protocol: 'stdio' },
      retry: { maxAttempts: 3 },
    });
    const place = await Place.make({
      plugins: [FAULTY_PROVIDER],
      accounts: { cloud: { provider: 'faulty', url: cloud.url } },
      runtimes: Object.fromEntries(DRIVERS.map((driver) => [driver, runtime(driver)])),
      defaults: { runtime: DRIVERS[0] },
      limits: { maxConcurrent: 24 },
    });
    place.atEnd(() => cloud.close());
    return new JobWorld(place, cloud, hostsDie);
  }

  plan(index: number): Plan {
    const fate = FATES[index % FATES.length] as Fate;
    return { index, fate, ...(fate === 'timeout' && { timeoutSeconds: TIMEOUT_SECONDS }) };
  }

  request(plan: Plan): { instruction: string; runtime: string; target_details: Record<string, unknown> } {
    const work = { ends: ENDS[plan.fate] ?? 'when-told', lines: LINES, everyMs: 40 };
    return {
      instruction: 'Work.',
      runtime: driverOf(plan),
      target_details: { work, faults: this.#faultsOf(plan) },
    };
  }

  starts = ({ taskId }: Accepted): number => this.cloud.executions(taskId).length;
  begun = (task: Accepted): Promise<void> => this.cloud.when(() => this.starts(task) > 0);

  kill(): void {
    throw new TypeError('no plan here kills work');
  }

  output = (): string =>
    Array.from({ length: LINES }, (_, line) => `line ${String(line + 1)} of ${String(LINES)}\n`).join('');

  failure({ fate }: Plan): Record<string, unknown> | undefined {
    return fate === 'fail' ? { exit_code: 3, error: { code: 'AD_TASK_FAILED' } } : undefined;
  }

  /** Provisioning whose connection broke has failed, and so has a start of which it is proven that it began nothing. */
  troubles(task: Ended): Record<string, unknown>[] {
    const broke = this.#requestsOf(task, 'provision', 'start').some(({ fault }) => BROKEN_OFF.has(fault ?? ''));
    const isTrouble = broke && this.starts(task) === 0;
    return isTrouble ? [{ status: 'failed', error: { code: 'AD_PROVIDER_INTERNAL' } }] : [];
  }

  whyUnknowable(task: Ended): string | undefined {
    if (driverOf(task) !== 'streamed') return undefined;
    const asked = this.#requestsOf(task, 'start');
    const fault = asked.map((request) => request.fault).find((kind) => BREAKING.has(kind ?? ''));
    if (fault !== undefined) return `the answer to the start met: ${fault}`;
    if (asked.some(({ status }) => (status ?? 0) >= 500)) return 'the service answered 5xx to the start';
    return this.#dispatcherDied(task) ? 'the dispatcher died before it had the answer' : undefined;
  }

  leaks = async (): Promise<string[]> => this.cloud.alive().map((thing) => JSON.stringify(thing));

  figures(): Record<string, unknown> {
    const faults = this.cloud.log.flatMap(({ operation, fault }) =>
      fault === undefined ? [] : [`${operation} ${fault}`],
    );
    return { executions: this.cloud.executions().length, faults: counted(faults) };
  }

  #requestsOf({ taskId }: Accepted, ...operations: Operation[]): RequestRecord[] {
    return this.cloud.log.filter(({ operation, owner }) => owner.taskId === taskId && operations.includes(operation));
  }

  #faultsOf({ index }: Plan): readonly Fault[] {
    const turn = Math.floor(index / DRIVERS.length);
    if (this.hostsDie && index % HOST_KILL_EVERY === 0) return HOST_KILLS[turn % HOST_KILLS.length] as readonly Fault[];
    return FAULTS[turn % FAULTS.length] as readonly Fault[];
  }

  #dispatcherDied({ handedOverAt, endedAt, kills }: Ended): boolean {
    const here = this.cloud.log.filter(({ fault }) => fault === 'kill-host').map(({ at }): Span => [at, at]);
    return [...kills, ...here].some((kill) => meets(kill, [handedOverAt, endedAt]));
  }
}

/** These drop the connection before anything was answered; after the others, too, the answer to a start is gone. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['lost-response', 'late']);
const BREAKING: ReadonlySet<string> = new Set([...BROKEN_OFF, 'kill-host', 'reset']);

const driverOf = ({ index }: Plan): DriverName => DRIVERS[index % DRIVERS.length] as DriverName;
