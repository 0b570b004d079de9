// The agent runtimes and endpoints that exist in the fake, by account and region. Holds no sessions.
// Names, ids and ARNs follow the service's documented patterns.
import { createHash } from 'node:crypto';
import type { Protocol } from '../agents/agent.js';
import type { Clock } from '../clock.js';

export const DEFAULT_ENDPOINT = 'DEFAULT';
export const NAME_PATTERN = /^[a-zA-Z][a-zA-Z0-9_]{0,47}$/;
export const RUNTIME_ID_PATTERN = /^[a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10}$/;
export const RUNTIME_ARN_PATTERN =
  /^arn:aws[a-z-]*:bedrock-agentcore:([a-z0-9-]+):(\d{12}):runtime\/([a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10})$/;

export type ResourceStatus =
  'CREATING' | 'CREATE_FAILED' | 'UPDATING' | 'UPDATE_FAILED' | 'READY' | 'DELETING' | 'DELETE_FAILED';

export interface EndpointSeed {
  readonly name: string;
  readonly status?: ResourceStatus | undefined;
  readonly failureReason?: string | undefined;
}

/** A runtime that exists when the fake starts. Unset fields: the first account and region, READY, HTTP, platform defaults. */
export interface RuntimeSeed {
  /** Also names the agent that runs in it. */
  readonly name: string;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly status?: ResourceStatus | undefined;
  readonly failureReason?: string | undefined;
  readonly protocol?: Protocol | undefined;
  /** Besides `DEFAULT`, which is always there unless listed with another status. */
  readonly endpoints?: readonly EndpointSeed[] | undefined;
  /** Default 900 seconds. */
  readonly idleSeconds?: number | undefined;
  /** Default 28800 seconds. */
  readonly maxLifetimeSeconds?: number | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** How callers prove who they are: never both. Default sigv4. */
  readonly authorization?: AuthorizationMethod | undefined;
  /** Names of headers that reach the container beside those that always do. Default none. */
  readonly allowedHeaders?: readonly string[] | undefined;
}

export type AuthorizationMethod = 'sigv4' | 'bearer';

/** What CreateAgentRuntime says beyond a seed. */
export interface RuntimeOrder extends RuntimeSeed {
  readonly account: string;
  readonly region: string;
  readonly image: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Members of the request that GetAgentRuntime shows again as they came. */
  readonly shown: Readonly<Record<string, unknown>>;
}

export interface EndpointRecord {
  readonly name: string;
  status: ResourceStatus;
  failureReason: string | undefined;
}

export interface RuntimeRecord {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly version: string;
  readonly protocol: Protocol;
  readonly idleSeconds: number;
  readonly maxLifetimeSeconds: number;
  readonly createdAt: Date;
  readonly endpoints: Map<string, EndpointRecord>;
  readonly tags: Map<string, string>;
  readonly authorization: AuthorizationMethod;
  /** Undefined for seeds. */
  readonly image: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly shown: Readonly<Record<string, unknown>>;
  /** Lower-case. */
  readonly allowedHeaders: readonly string[];
  /** Came to be by CreateAgentRuntime. */
  readonly isMade: boolean;
  status: ResourceStatus;
  failureReason: string | undefined;
}

export interface Home {
  readonly account: string;
  readonly region: string;
}

export class RuntimeTable {
  readonly #byArn = new Map<string, RuntimeRecord>();
  #madeSoFar = 0;

  constructor(
    private readonly home: Home,
    private readonly clock: Clock,
  ) {}

  /** @throws TypeError when the name breaks the service's pattern or is taken. */
  seed(seed: RuntimeSeed): RuntimeRecord {
    if (!NAME_PATTERN.test(seed.name))
      throw new TypeError(`'${seed.name}' is no agent runtime name: letters, digits and _ only, 48 at most`);
    const { account, region } = { ...this.home, ...definedOf(seed) };
    if (this.#named(seed.name, { account, region }))
      throw new TypeError(`runtime '${seed.name}' exists already in ${region} of ${account}`);
    const shown = seed.allowedHeaders && {
      requestHeaderConfiguration: { requestHeaderAllowlist: [...seed.allowedHeaders] },
    };
    return this.#add({ ...seed, account, region, image: undefined, environment: {}, shown: { ...shown } }, false);
  }

  /** A new one, CREATING; undefined when the name is in use. A name that is free again gets another id. */
  make(order: RuntimeOrder): RuntimeRecord | undefined {
    return this.#named(order.name, order) === undefined ? this.#add({ ...order, status: 'CREATING' }, true) : undefined;
  }

  remove(record: RuntimeRecord): void {
    this.#byArn.delete(record.arn);
  }

  /** Those that CreateAgentRuntime made and that are still there: nobody's after a test. */
  made(): RuntimeRecord[] {
    return [...this.#byArn.values()].filter(({ isMade }) => isMade);
  }

  /** By name, for tests; the record's `status` may be changed there. @throws TypeError when there is none. */
  get(name: string, where: Partial<Home> = {}): RuntimeRecord {
    const { account, region } = { ...this.home, ...where };
    const found = this.in({ account, region }).find((record) => record.name === name);
    if (found === undefined) throw new TypeError(`no runtime '${name}' in ${region} of ${account}`);
    return found;
  }

  findById(id: string, { account, region }: Home): RuntimeRecord | undefined {
    return this.in({ account, region }).find((record) => record.id === id);
  }

  findByArn(arn: string): RuntimeRecord | undefined {
    return this.#byArn.get(arn);
  }

  #add(order: RuntimeOrder, isMade: boolean): RuntimeRecord {
    const { name, account, region } = order;
    const generation = isMade ? String((this.#madeSoFar += 1)) : '';
    const id = `${name}-${suffixFor(account, region, name, generation)}`;
    const record: RuntimeRecord = {
      name,
      id,
      arn: `arn:aws:bedrock-agentcore:${region}:${account}:runtime/${id}`,
      account,
      region,
      version: '1',
      protocol: order.protocol ?? 'HTTP',
      idleSeconds: order.idleSeconds ?? 900,
      maxLifetimeSeconds: order.maxLifetimeSeconds ?? 28_800,
      createdAt: new Date(this.clock.now()),
      endpoints: endpointsOf(order),
      tags: new Map(Object.entries(order.tags ?? {})),
      authorization: order.authorization ?? 'sigv4',
      image: order.image,
      environment: order.environment,
      shown: order.shown,
      allowedHeaders: (order.allowedHeaders ?? []).map((name) => name.toLowerCase()),
      isMade,
      status: order.status ?? 'READY',
      failureReason: order.failureReason,
    };
    this.#byArn.set(record.arn, record);
    return record;
  }

  #named(name: string, home: Home): RuntimeRecord | undefined {
    return this.in(home).find((record) => record.name === name);
  }

  /** All of one account and region, oldest first. */
  in({ account, region }: Home): RuntimeRecord[] {
    return [...this.#byArn.values()].filter((record) => record.account === account && record.region === region);
  }
}

function endpointsOf(seed: RuntimeSeed): Map<string, EndpointRecord> {
  const all: EndpointSeed[] = [{ name: DEFAULT_ENDPOINT }, ...(seed.endpoints ?? [])];
  return new Map(all.map(({ name, status = 'READY', failureReason }) => [name, { name, status, failureReason }]));
}

/** Without what is left out, so that defaults hold. */
function definedOf({ account, region }: RuntimeSeed): Partial<Home> {
  return { ...(account !== undefined && { account }), ...(region !== undefined && { region }) };
}

function suffixFor(...parts: string[]): string {
  return createHash('sha256').update(parts.join('|')).digest('hex').slice(0, 10);
}
