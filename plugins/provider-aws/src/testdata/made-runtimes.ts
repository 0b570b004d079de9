// A fake whose agent runtimes are made for tasks, under a clock that the provider's own pauses move on.
import type { DriverContext, Handle } from '@agent-dispatch/core/provider';
import {
  type Agent,
  FAKE_CREDENTIALS,
  type FakeAgentCore,
  type FakeOptions,
  jsonAgent,
  ManualClock,
  startFakeAgentCore,
} from '@agent-dispatch/test/fakes/agentcore/index.js';
import {
  clockOf,
  contextFor,
  type ContextOptions,
  FAKE_KEY,
  type LoadedProvider,
  loadProvider,
  profileAt,
  provision,
} from './provider-at-fake.js';

const { account } = FAKE_CREDENTIALS[FAKE_KEY];
const repository = `${account}.dkr.ecr.us-west-2.amazonaws.com/agent`;
export const IMAGE = `${repository}:1`;
export const PINNED = `${repository}@sha256:${'a'.repeat(64)}`;
export const ROLE = `arn:aws:iam::${account}:role/agent`;

export type Asked = Partial<ContextOptions> & { clock?: DriverContext['clock'] };

export interface MadeRuntimes {
  readonly fake: FakeAgentCore;
  readonly clock: ManualClock;
  readonly provider: LoadedProvider;
  context(asked?: Asked): DriverContext;
  plan(context: DriverContext): Handle;
  /** Planned and provisioned. */
  ready(asked?: Asked): Promise<{ context: DriverContext; handle: Handle }>;
  /** Names of the operations asked for, in order; repetitions of one told once. */
  operations(): string[];
  close(): Promise<void>;
}

export async function startMadeRuntimes(
  options: Partial<FakeOptions> = {},
  agent: Agent = jsonAgent(({ environment }) => environment),
): Promise<MadeRuntimes> {
  const clock = new ManualClock();
  const fake = await startFakeAgentCore({ agents: {}, images: { [IMAGE]: agent, [PINNED]: agent }, clock, ...options });
  const provider = await loadProvider();
  const { driver } = provider;
  const context = ({ details, ...more }: Asked = {}): DriverContext =>
    contextFor({
      account: profileAt(fake),
      mode: 'runtime',
      details: { image: IMAGE, roleArn: ROLE, ...details },
      clock: clockOf(clock),
      deadline: clock.now() + 600_000,
      ...more,
    });
  const plan = (given: DriverContext): Handle => driver.plan(given.request, given);
  return {
    fake,
    clock,
    provider,
    context,
    plan,
    async ready(asked) {
      const given = context(asked);
      const { handle } = await provision(driver, plan(given), given);
      return { context: given, handle };
    },
    operations: () =>
      fake.log
        .requests()
        .map(({ operation }) => operation)
        .filter((operation, index, all) => operation !== all[index - 1]),
    async close() {
      await provider.close();
      await fake.close();
    },
  };
}
