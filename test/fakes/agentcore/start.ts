// Starts the fake: puts the parts together behind one loopback server, and hands tests what they observe and steer it by.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Agent, AgentHandler } from './agents/agent.js';
import type { RegistryImage } from './beside.js';
import { Changes } from './changes.js';
import { type Clock, systemClock } from './clock.js';
import { FaultPlan } from './faults.js';
import { Front } from './front.js';
import { RequestLog } from './request-log.js';
import { ReplayTable } from './state/replays.js';
import { type Durations, Lifecycles } from './state/lifecycles.js';
import { type Home, type RuntimeRecord, type RuntimeSeed, RuntimeTable } from './state/runtimes.js';
import { type SessionView, SessionTable } from './state/sessions.js';
import type { TokenTable } from './wire/bearer.js';
import type { Plane } from './wire/service-model.js';
import type { CredentialTable } from './wire/signature.js';

export interface FakeOptions {
  /** What runs in a runtime, by the runtime's name. */
  readonly agents: Readonly<Record<string, Agent | AgentHandler>>;
  /** What runs in a runtime that is made, by the image it names. An image that is not here cannot be found. */
  readonly images?: Readonly<Record<string, Agent | AgentHandler>> | undefined;
  /** Images as their registry has them, by address. Default: those of `images`, each for ARM64. */
  readonly registry?: Readonly<Record<string, RegistryImage>> | undefined;
  /** Services that each role trusts, by its ARN. Default: every role trusts AgentCore. */
  readonly roles?: Readonly<Record<string, readonly string[]>> | undefined;
  /** How long runtimes take to be made and deleted. Default no time. */
  readonly durations?: Partial<Durations> | undefined;
  /** Runtimes that exist at the start. Default: one READY runtime for each agent, in the first region. */
  readonly runtimes?: readonly RuntimeSeed[] | undefined;
  /** Default `us-west-2` and `us-east-1`. */
  readonly regions?: readonly string[] | undefined;
  /** Who may call, by access key id; the first one's account is the home of runtimes that name none. Default `FAKE_CREDENTIALS`. */
  readonly credentials?: CredentialTable | undefined;
  /** Tokens of callers of runtimes with an authorizer. Default none. */
  readonly tokens?: TokenTable | undefined;
  /** Default real time. */
  readonly clock?: Clock | undefined;
  /** By how much the service's clock is ahead of this machine's, in milliseconds. Default 0. */
  readonly aheadMs?: number | undefined;
  /** Default 100 MB. */
  readonly maxPayloadBytes?: number | undefined;
  /** Live sessions for each account and region. Default 2500. */
  readonly maxActiveSessions?: number | undefined;
  /** Runtimes for each account and region. Default 1000. */
  readonly maxRuntimes?: number | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
}

export interface FakeAgentCore {
  /** Serves both planes and all regions; the region is the one that the request is signed for. */
  readonly url: string;
  /** Serves one region alone, and one plane if given: a signature for another region gets 403. */
  regionUrl(region: string, plane?: Plane): string;
  /** Variables that lead unmodified SDK clients here; one region alone if given. */
  environment(region?: string): Record<string, string>;
  arn(runtimeName: string, where?: Partial<Home>): string;
  readonly runtimes: RuntimeTable;
  readonly lifecycles: Lifecycles;
  readonly faults: FaultPlan;
  readonly log: RequestLog;
  /** Every session there ever was, by first call. */
  sessions(): SessionView[];
  /** Resolves once the condition over log and sessions holds; looked at after every change. */
  when(condition: () => boolean): Promise<void>;
  /** Cuts every connection that is open now, as a network does; what runs goes on. */
  cutConnections(): void;
  /** Ends sessions and connections. @throws AggregateError when the fake itself failed on a request. */
  close(): Promise<void>;
}

/** An identity for tests that need just one. Not a credential of anything. */
export const FAKE_CREDENTIALS = {
  FAKEACCESSKEY1: { account: '111122223333', secretAccessKey: 'not-a-secret-1' },
} as const satisfies CredentialTable;

const MEGABYTE = 1_000_000;

export async function startFakeAgentCore(options: FakeOptions): Promise<FakeAgentCore> {
  const { regions = ['us-west-2', 'us-east-1'], credentials = FAKE_CREDENTIALS, clock = systemClock() } = options;
  const changes = new Changes();
  const log = new RequestLog(clock, changes);
  const sessions = new SessionTable(clock, changes);
  const faults = new FaultPlan();
  const runtimes = seedRuntimes(options, homeOf(regions, credentials), clock);
  const lifecycles = new Lifecycles(clock, changes, { runtimes, sessions }, options.durations);
  const defects: unknown[] = [];
  const front = new Front({
    world: {
      runtimes,
      sessions,
      log,
      replays: new ReplayTable(),
      lifecycles,
      clock,
      agentFor: (runtime) => agentOf(runtime, options),
      hasImage: (containerUri) => Object.hasOwn(options.images ?? {}, containerUri),
      maxActiveSessions: options.maxActiveSessions ?? 2500,
      maxRuntimes: options.maxRuntimes ?? 1000,
    },
    around: { clock, changes, log },
    faults,
    regions,
    credentials,
    tokens: options.tokens ?? {},
    beside: {
      registry: options.registry ?? Object.fromEntries(Object.keys(options.images ?? {}).map((image) => [image, {}])),
      roles: options.roles,
    },
    maxPayloadBytes: options.maxPayloadBytes ?? 100 * MEGABYTE,
    aheadMs: options.aheadMs ?? 0,
    onDefect: (cause) => defects.push(cause),
  });
  const server = await listen(front, options.port ?? 0, (cause) => defects.push(cause));
  const url = `http://127.0.0.1:${server.port}`;
  const regionUrl = (region: string, plane?: Plane): string =>
    [url, region, ...(plane === undefined ? [] : [plane])].join('/');
  return {
    url,
    regionUrl,
    runtimes,
    lifecycles,
    faults,
    log,
    environment: (region) => endpointVariables(region === undefined ? url : regionUrl(region)),
    arn: (name, where) => runtimes.get(name, where).arn,
    sessions: () => sessions.list(),
    when: (condition) => changes.when(condition),
    cutConnections: () => server.cut(),
    async close() {
      sessions.close();
      await server.close();
      if (defects.length > 0) throw new AggregateError(defects, 'the fake AgentCore failed on its own account');
    },
  };
}

function homeOf(regions: readonly string[], credentials: CredentialTable): Home {
  const [region] = regions;
  const [first] = Object.values(credentials);
  if (region === undefined || first === undefined) throw new TypeError('the fake needs a region and a credential');
  return { account: first.account, region };
}

function seedRuntimes(options: FakeOptions, home: Home, clock: Clock): RuntimeTable {
  const runtimes = new RuntimeTable(home, clock);
  const seeds = options.runtimes ?? Object.keys(options.agents).map((name) => ({ name }));
  for (const seed of seeds) runtimes.seed(seed);
  return runtimes;
}

function agentOf({ name, image }: RuntimeRecord, { agents, images = {} }: FakeOptions): Agent {
  const [table, key] = image === undefined ? [agents, name] : [images, image];
  const agent = Object.hasOwn(table, key) ? table[key] : undefined;
  if (agent === undefined) throw new TypeError(`the fake has no agent for ${image ?? `runtime '${name}'`}`);
  return typeof agent === 'function' ? { invoke: agent } : agent;
}

function endpointVariables(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: url,
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: url,
    AWS_ENDPOINT_URL_STS: url,
    AWS_ENDPOINT_URL_ECR: url,
    AWS_ENDPOINT_URL_IAM: url,
  };
}

async function listen(
  front: Front,
  port: number,
  onDefect: (cause: unknown) => void,
): Promise<{ port: number; cut(): void; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    front.serve(request, response).catch((cause: unknown) => {
      onDefect(cause);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
