// The fake AgentCore service as the cloud: sessions of provider-aws, counted by the agents in them and by the service's
// own log. A follower that dies cannot ask again there, so tasks may be lost; the log tells whether they had to be.
import { EAST } from '../../e2e/support/aws.js';
import { Place, repository } from '../../e2e/support/place.js';
import { type FakeAgentCore, type RequestRecord, startFakeAgentCore } from '../../fakes/agentcore/index.js';
import path from 'node:path';
import { CloudWork, outputOf, promptOf } from './cloud-work.js';
import { counted } from './counted.js';
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
    const { account, region, key, secret } = EAST;
    const fake = await startFakeAgentCore({
      agents: { researcher: work.agent },
      regions: [region],
      credentials: { [key]: { account, secretAccessKey: secret } },
    });
    const url = fake.regionUrl(region);
    const place = await Place.make({
      plugins: [path.join(repository, 'plugins/provider-aws')],
      accounts: {
        east: {
          provider: 'aws',
          region,
          expectedAccountId: account,
          endpoints: { data: url, control: url, sts: url, ecr: url, iam: url },
          credentials: { source: 'profile', profile: 'east' },
        },
      },
      runtimes: {
        researcher: {
          account: 'east',
          driver: 'agentcore',
          capability: 'agent-runtime',
          target: { mode: 'session', protocol: 'http', details: { runtimeArn: fake.arn('researcher') } },
          retry: { maxAttempts: 3 },
        },
      },
      defaults: { runtime: 'researcher' },
      limits: { maxConcurrent: 16 },
    });
    place.atEnd(() => fake.close());
    await place.write('.aws/credentials', `[east]\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`);
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

  async leaks(): Promise<string[]> {
    await this.fake.when(() => this.fake.log.requests({ outcome: 'pending' }).length === 0);
    return this.fake
      .sessions()
      .filter(({ state }) => state === 'alive')
      .map(({ sessionId }) => sessionId);
  }

  figures(): Record<string, unknown> {
    const met = this.fake.log.requests().filter(({ fault }) => fault !== undefined);
    const faults = counted(met.map(({ operation, fault }) => `${operation} ${String(fault)}`));
    return { executions: this.fake.log.executions().length, ...(met.length > 0 && { faults }) };
  }

  /** Not where a stop ended it. */
  #crashed({ sessionId, outcome }: RequestRecord): boolean {
    return outcome === 'broken' && this.fake.log.executions({ sessionId, outcome: 'failed' }).length > 0;
  }

  /** The provider's session ids tell the task; oldest first. */
  #requestsOf({ taskId }: Ended, operation: string): RequestRecord[] {
    const mark = `-${taskId.replace(/[^a-zA-Z0-9]+/g, '-')}-`;
    return this.fake.log.requests({ operation }).filter(({ sessionId }) => sessionId?.includes(mark));
  }
}
