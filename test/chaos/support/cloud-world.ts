// The fake AgentCore service as the cloud: sessions of provider-aws, counted by the agents in them and by the service's
// own log. A follower that dies cannot ask again there, so tasks may be lost; the log tells whether they had to be.
import { Place } from '../../e2e/support/place.js';
import type { FakeAgentCore, RequestRecord } from '../../fakes/agentcore/index.js';
import { figuresOf, isSessionOf, sessionsLeft, withAgentcore } from './agentcore-place.js';
import { CloudWork, outputOf, promptOf } from './cloud-work.js';
import { meets, type Ended, type Fate, type Plan, type World } from './world.js';

const FATES: readonly Fate[] = [
  ...(['end', 'end', 'cancel', 'end', 'timeout', 'end', 'kill-work', 'end', 'cancel-at-once', 'fail'] as const),
];
const TIMEOUT_SECONDS = 6;
const INVOKE = 'InvokeAgentRuntime';

export class CloudWorld implements World {
  private constructor(
    readonly place: Place,
    readonly fake: FakeAgentCore,
    private readonly work: CloudWork,
  ) {}

  static async make(): Promise<CloudWorld> {
    const work = new CloudWork();
    const place = await Place.make(undefined);
    const fake = await withAgentcore(place, { agent: work.agent, maxConcurrent: 16 });
    return new CloudWorld(place, fake, work);
  }

  plan(index: number): Plan {
    const fate = FATES[index % FATES.length] as Fate;
    return { index, fate, ...(fate === 'timeout' && { timeoutSeconds: TIMEOUT_SECONDS }) };
  }

  request = (plan: Plan): { instruction: string } => ({ instruction: promptOf(plan) });
  starts = (plan: Plan): number => this.work.starts(plan);
  begun = (plan: Plan): Promise<void> => this.work.begun(plan);
  kill = (plan: Plan): void => this.work.crash(plan);
  output = outputOf;

  failure({ fate }: Plan): Record<string, unknown> | undefined {
    return fate === 'fail' ? { error: { code: 'AD_PROTOCOL_AGENT_ERROR' } } : undefined;
  }

  whyUnknowable(task: Ended): string | undefined {
    const invocations = this.#requestsOf(task, INVOKE);
    const asked = invocations.at(-1);
    // Sessions of lost attempts are stopped only when the loss is on record.
    const stops = this.#requestsOf(task, 'StopRuntimeSession');
    const stop = stops.find(({ sessionId }) => asked === undefined || sessionId === asked.sessionId);
    const until = Math.min(task.endedAt, stop?.at ?? Infinity);
    const died = task.kills.some((kill) => meets(kill, [task.handedOverAt, until]));
    if (asked === undefined) return died ? 'the dispatcher died, perhaps about to send the request' : undefined;
    if (asked.fault === 'lost-response' || asked.fault === 'reset') return `the connection broke: ${asked.fault}`;
    if (this.#crashed(asked)) return 'the container broke off in the middle of its answer';
    if ((asked.status ?? 0) >= 500) return `the service answered ${String(asked.status)} to the request`;
    if (!died) return undefined;
    const isWhole = asked.outcome === 'answered' && !asked.cutShort;
    return isWhole
      ? 'the dispatcher died with the answer unread or unstored'
      : 'the dispatcher died before the answer was whole';
  }

  leaks = (): Promise<string[]> => sessionsLeft(this.fake);
  figures = (): Record<string, unknown> => figuresOf(this.fake);

  /** Not where a stop ended it. */
  #crashed({ sessionId, outcome }: RequestRecord): boolean {
    return outcome === 'broken' && this.fake.log.executions({ sessionId, outcome: 'failed' }).length > 0;
  }

  /** Oldest first. */
  #requestsOf(task: Ended, operation: string): RequestRecord[] {
    return this.fake.log.requests({ operation }).filter(({ sessionId = '' }) => isSessionOf(task, sessionId));
  }
}
