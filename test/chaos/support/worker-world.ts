// The fake AgentCore service with AgentDispatch's worker as the container of every session: work is found again there whatever
// becomes of dispatchers and connections, so that nothing may be lost but what was in a microVM that died.
import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import { EAST } from '../../e2e/support/aws.js';
import { Place, repository } from '../../e2e/support/place.js';
import { Changes } from '../../fakes/agentcore/changes.js';
import {
  type Container,
  type FakeAgentCore,
  startFakeAgentCore,
  workerContainer,
} from '../../fakes/agentcore/index.js';
import { counted } from './counted.js';
import type { Accepted, Ended, Fate, Plan, World } from './world.js';

const SCRIPT = path.join(repository, 'test/chaos/support/local-work.sh');
/** By turns. A supervisor is the container. */
const FATES: readonly Fate[] = [
  ...([
    'end',
    'kill-work',
    'cancel',
    'end',
    'timeout',
    'end',
    'kill-supervisor',
    'end',
    'cancel-at-once',
    'fail',
  ] as const),
];
const TIMEOUT_SECONDS = 8;

export class WorkerWorld implements World {
  readonly #crashed = new Set<number>();

  private constructor(
    readonly place: Place,
    readonly fake: FakeAgentCore,
    private readonly container: Container,
    private readonly changes: Changes,
  ) {}

  static async make(): Promise<WorkerWorld> {
    const place = await Place.make(undefined);
    const marks = place.path('marks');
    mkdirSync(marks);
    const container = workerContainer({ agents: { work: { command: ['/bin/sh', SCRIPT, marks] } } });
    const { account, region, key, secret } = EAST;
    const fake = await startFakeAgentCore({
      agents: { researcher: container.agent },
      regions: [region],
      credentials: { [key]: { account, secretAccessKey: secret } },
    });
    place.atEnd(() => fake.close());
    await place.configure(configFor(fake));
    await place.write('.aws/credentials', `[east]\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`);
    const changes = new Changes();
    const watcher = watch(marks, () => changes.notify());
    place.atEnd(() => watcher.close());
    return new WorkerWorld(place, fake, container, changes);
  }

  plan(index: number): Plan {
    const fate = FATES[index % FATES.length] as Fate;
    return { index, fate, ...(fate === 'timeout' && { timeoutSeconds: TIMEOUT_SECONDS }) };
  }

  request = ({ index, fate }: Plan): { instruction: string } => ({ instruction: `${String(index)} ${fate}` });
  starts = (plan: Plan): number => this.#marks(plan).length;
  begun = (plan: Plan): Promise<void> => this.changes.when(() => this.starts(plan) > 0);

  kill(task: Accepted): void {
    if (task.fate === 'kill-work') {
      process.kill(Number(this.#marks(task)[0]?.split(' ')[0]), 'SIGKILL');
      return;
    }
    this.#crashed.add(task.index);
    for (const { sessionId } of this.fake.sessions()) if (isOf(task, sessionId)) this.container.crash(sessionId);
  }

  output = ({ index }: Plan): string =>
    [1, 2, 3, 4, 5].map((line) => `line ${String(line)} of ${String(index)}\n`).join('');

  failure({ fate }: Plan): Record<string, unknown> | undefined {
    return fate === 'fail' || fate === 'kill-work' ? { error: { code: 'AD_TASK_FAILED' } } : undefined;
  }

  whyUnknowable({ index }: Ended): string | undefined {
    return this.#crashed.has(index) ? 'its microVM died' : undefined;
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
    return {
      microVmsKilled: this.#crashed.size,
      executions: this.fake.log.executions().length,
      ...(met.length > 0 && { faults }),
    };
  }

  #marks({ index }: Plan): string[] {
    const file = this.place.path('marks', String(index));
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }
}

/** The provider's session ids tell the task. */
const isOf = ({ taskId }: Accepted, sessionId: string): boolean =>
  sessionId.includes(`-${taskId.replace(/[^a-zA-Z0-9]+/g, '-')}-`);

function configFor(fake: FakeAgentCore): Parameters<Place['configure']>[0] {
  const { account, region } = EAST;
  const url = fake.regionUrl(region);
  return {
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
        target: { mode: 'session', protocol: 'http', details: { runtimeArn: fake.arn('researcher'), worker: true } },
        retry: { maxAttempts: 3 },
      },
    },
    defaults: { runtime: 'researcher' },
    limits: { maxConcurrent: 10 },
  };
}
