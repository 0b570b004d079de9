// A place whose only runtime is in the fake AgentCore service, and what that service's own books say of its sessions.
import path from 'node:path';
import { EAST } from '../../e2e/support/aws.js';
import { type Place, repository } from '../../e2e/support/place.js';
import { type Agent, type FakeAgentCore, startFakeAgentCore } from '../../fakes/agentcore/index.js';
import { counted } from './counted.js';

interface Offered {
  readonly agent: Agent;
  /** Of the target, beside the agent runtime. */
  readonly details?: Record<string, unknown>;
  readonly maxConcurrent: number;
}

/** Makes the fake, and configures the place for it. */
export async function withAgentcore(place: Place, offered: Offered): Promise<FakeAgentCore> {
  const { account, region, key, secret } = EAST;
  const fake = await startFakeAgentCore({
    agents: { researcher: offered.agent },
    regions: [region],
    credentials: { [key]: { account, secretAccessKey: secret } },
  });
  place.atEnd(() => fake.close());
  await place.configure(configFor(fake, offered));
  await place.write('.aws/credentials', `[east]\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`);
  return fake;
}

function configFor(fake: FakeAgentCore, { details, maxConcurrent }: Offered): Parameters<Place['configure']>[0] {
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
        target: { mode: 'session', protocol: 'http', details: { runtimeArn: fake.arn('researcher'), ...details } },
        retry: { maxAttempts: 3 },
      },
    },
    defaults: { runtime: 'researcher' },
    limits: { maxConcurrent },
  };
}

/** The provider's session ids tell the task. */
export const isSessionOf = ({ taskId }: { taskId: string }, sessionId: string): boolean =>
  sessionId.includes(`-${taskId.replace(/[^a-zA-Z0-9]+/g, '-')}-`);

/** Ids of the sessions that still run, once nothing is under way any more. */
export async function sessionsLeft(fake: FakeAgentCore): Promise<string[]> {
  await fake.when(() => fake.log.requests({ outcome: 'pending' }).length === 0);
  return fake
    .sessions()
    .filter(({ state }) => state === 'alive')
    .map(({ sessionId }) => sessionId);
}

/** For the report: what was executed, and which faults requests met. */
export function figuresOf(fake: FakeAgentCore): Record<string, unknown> {
  const met = fake.log.requests().filter(({ fault }) => fault !== undefined);
  const faults = counted(met.map(({ operation, fault }) => `${operation} ${String(fault)}`));
  return { executions: fake.log.executions().length, ...(met.length > 0 && { faults }) };
}
