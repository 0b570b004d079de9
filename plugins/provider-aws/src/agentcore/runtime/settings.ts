// What an agent runtime that is made for tasks is like: the details of target mode `runtime`, read with defaults. Pure.
import type { DispatchRequest, ErrorFactory, Protocol } from '@agent-dispatch/core/provider';
import type { CreateInput } from '../../aws/control-plane.js';
import { neededHeaders } from '../agent-headers.js';
import { bearerProblems, bearerSecretOf } from '../bearer.js';
import { detailProblems, lifetimeProblems } from '../details.js';
import { digest } from '../names.js';
import { type Problem, refuseTarget } from '../problems.js';
import { runsWorker } from '../worker.js';

export interface RuntimeSettings {
  readonly image: string;
  readonly roleArn: string;
  readonly protocol: Protocol;
  readonly networkMode: 'PUBLIC' | 'VPC';
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that the task itself brings, where the runtime has to hand them to the agent. */
  readonly taskEnvironment: Readonly<Record<string, string>>;
  /** Names of the task's secrets that the runtime has to hand to the agent. */
  readonly taskSecrets: readonly string[];
  /** Names of headers that reach the agent. */
  readonly allowedHeaders: readonly string[];
  readonly platformVersion?: string;
  readonly sessionStorage?: string;
  /** Who may call with an OAuth token; absent: AWS credentials are used. */
  readonly authorizer?: Authorizer;
  readonly maxLifetimeSeconds: number;
  readonly idleSeconds: number;
  readonly keepSeconds?: number;
  /** One runtime for all tasks that want the same. */
  readonly shared: boolean;
}

export interface Authorizer {
  readonly discoveryUrl: string;
  readonly allowedAudience?: readonly string[];
  readonly allowedClients?: readonly string[];
}

/** As the service documents them. */
const DEFAULT_LIFETIME_SECONDS = 28_800;
const DEFAULT_IDLE_SECONDS = 900;
const MOST_VARIABLES = 50;
/** How long a shared runtime stays without a task. */
const SHARED_KEEP_SECONDS = 900;

const DIGEST = /@sha256:[0-9a-f]{64}$/;

/** The service's names for what a container speaks. */
export const SERVER_PROTOCOL = { http: 'HTTP', a2a: 'A2A', mcp: 'MCP', 'ag-ui': 'AGUI' } as const;

/** Errors: AD_PROVIDER_TARGET_INVALID with every problem. */
export function readSettings(request: DispatchRequest, errors: ErrorFactory): RuntimeSettings {
  const details = (request.target.details ?? {}) as Partial<Omit<RuntimeSettings, 'protocol'>>;
  // A command brings its own variables along, and the worker is told each task's.
  const handsOver = request.taskType === 'agent.run' && !runsWorker(request);
  const bearer = bearerSecretOf(request);
  const { shared = false, maxLifetimeSeconds = DEFAULT_LIFETIME_SECONDS } = details;
  const keepSeconds = details.keepSeconds ?? (shared ? SHARED_KEEP_SECONDS : undefined);
  const settings: RuntimeSettings = {
    image: details.image ?? '',
    roleArn: details.roleArn ?? '',
    protocol: request.target.protocol,
    networkMode: details.networkMode ?? 'PUBLIC',
    subnets: details.subnets ?? [],
    securityGroups: details.securityGroups ?? [],
    environment: details.environment ?? {},
    taskEnvironment: handsOver ? (request.input.environment ?? {}) : {},
    taskSecrets: handsOver ? Object.keys(request.secrets ?? {}).filter((name) => name !== bearer) : [],
    allowedHeaders: neededHeaders(request),
    ...(details.platformVersion !== undefined && { platformVersion: details.platformVersion }),
    ...(details.sessionStorage !== undefined && { sessionStorage: details.sessionStorage }),
    ...(details.authorizer !== undefined && { authorizer: details.authorizer }),
    maxLifetimeSeconds,
    idleSeconds: details.idleSeconds ?? DEFAULT_IDLE_SECONDS,
    ...(keepSeconds !== undefined && { keepSeconds }),
    shared,
  };
  refuseTarget(problemsOf(settings, request), errors);
  return settings;
}

function problemsOf(settings: RuntimeSettings, request: DispatchRequest): Problem[] {
  const { image, shared, subnets, securityGroups, networkMode, taskSecrets } = settings;
  const problem = (name: string, message: string): Problem => ({ pointer: `/target/details/${name}`, message });
  const bearer = bearerSecretOf(request);
  const variables = Object.keys({ ...settings.environment, ...settings.taskEnvironment }).length + taskSecrets.length;
  const isPrivate = networkMode === 'VPC';
  const places = subnets.length > 0 && securityGroups.length > 0;
  return [
    ...bearerProblems(request, { reachesAgent: true }),
    ...detailProblems(request),
    ...lifetimeProblems(request, settings.maxLifetimeSeconds),
    ...((settings.authorizer === undefined) !== (bearer === undefined)
      ? [problem('authorizer', 'authorizer and bearerToken need each other.')]
      : []),
    ...(shared && !DIGEST.test(image)
      ? [problem('image', `image ${image} has no digest (@sha256:...): a shared runtime is shared by what runs in it.`)]
      : []),
    ...(shared && taskSecrets.length > 0
      ? [problem('shared', 'A shared runtime cannot hold the secrets of one task: leave shared or the secrets out.')]
      : []),
    ...(isPrivate && !places ? [problem('subnets', 'networkMode VPC needs subnets and securityGroups.')] : []),
    ...(!isPrivate && subnets.length + securityGroups.length > 0
      ? [problem('networkMode', 'subnets and securityGroups need networkMode VPC.')]
      : []),
    ...(variables > MOST_VARIABLES
      ? [
          problem(
            'environment',
            `${variables} environment variables are too many: the service takes ${MOST_VARIABLES}.`,
          ),
        ]
      : []),
  ];
}

/** What a runtime is like, whatever single tasks bring along. */
export function configurationOf(settings: RuntimeSettings): string {
  const { keepSeconds: _keep, shared: _shared, taskEnvironment: _own, taskSecrets: _secrets, ...rest } = settings;
  return digest({ ...rest, environment: Object.entries(rest.environment).sort() });
}

/** What the task itself gives to the agent through its runtime; two that are the same give the same. */
export function givenBy({ secrets = {} }: DispatchRequest, { taskEnvironment, taskSecrets }: RuntimeSettings): string {
  const references = taskSecrets.map((name) => [name, secrets[name]]);
  return digest(Object.entries(taskEnvironment).sort(), references.sort());
}

/** The request's members that follow from the settings alone. */
export function createMembers(settings: RuntimeSettings): Omit<CreateInput, 'agentRuntimeName' | 'clientToken'> {
  const { image, roleArn, protocol, networkMode, subnets, securityGroups, sessionStorage, authorizer } = settings;
  const { allowedHeaders, platformVersion } = settings;
  const vpc = { subnets: [...subnets], securityGroups: [...securityGroups] };
  return {
    agentRuntimeArtifact: { containerConfiguration: { containerUri: image } },
    roleArn,
    networkConfiguration: networkMode === 'VPC' ? { networkMode, networkModeConfig: vpc } : { networkMode },
    protocolConfiguration: { serverProtocol: serverProtocol(protocol) },
    ...(platformVersion !== undefined && { platformVersion }),
    ...(allowedHeaders.length > 0 && { requestHeaderConfiguration: { requestHeaderAllowlist: [...allowedHeaders] } }),
    ...(authorizer !== undefined && { authorizerConfiguration: { customJWTAuthorizer: copyOf(authorizer) } }),
    ...(sessionStorage !== undefined && {
      filesystemConfigurations: [{ sessionStorage: { mountPath: sessionStorage } }],
    }),
  };
}

const copyOf = ({ discoveryUrl, allowedAudience, allowedClients }: Authorizer) => ({
  discoveryUrl,
  ...(allowedAudience && { allowedAudience: [...allowedAudience] }),
  ...(allowedClients && { allowedClients: [...allowedClients] }),
});

const serverProtocol = (protocol: Protocol): 'HTTP' | 'A2A' | 'MCP' | 'AGUI' =>
  protocol === 'stdio' ? 'HTTP' : SERVER_PROTOCOL[protocol];
