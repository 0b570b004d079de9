// CreateAgentRuntime: answers CREATING at once; the runtime and its endpoint DEFAULT become READY, or fail, in their own time.
import type { Protocol } from '../agents/agent.js';
import { NAME_PATTERN, type RuntimeOrder } from '../state/runtimes.js';
import { type Input, requiredText } from '../wire/bind-input.js';
import { type FieldIssue, invalidFields, ServiceError } from '../wire/service-error.js';
import type { Call, Operation } from './operation.js';
import { repeatable } from './repeatable.js';

const SHOWN = [
  'roleArn',
  'description',
  'networkConfiguration',
  'authorizerConfiguration',
  'requestHeaderConfiguration',
  'platformVersion',
  'environmentVariables',
  'filesystemConfigurations',
  'agentRuntimeArtifact',
];

export const createAgentRuntime: Operation = (call, world) => {
  const order = readOrder(call);
  return repeatable(call, world, () => {
    const { account, region, name, image } = order;
    if (world.runtimes.in({ account, region }).length >= world.maxRuntimes) {
      throw new ServiceError('ServiceQuotaExceededException', 'Agent runtimes per account limit exceeded');
    }
    const runtime = world.runtimes.make(order);
    if (runtime === undefined) {
      throw new ServiceError('ConflictException', `An agent runtime named ${name} exists already`);
    }
    const isKnown = image !== undefined && world.hasImage(image);
    world.lifecycles.create(runtime, isKnown ? undefined : `The image ${image ?? ''} was not found`);
    return {
      agentRuntimeArn: runtime.arn,
      agentRuntimeId: runtime.id,
      agentRuntimeVersion: runtime.version,
      createdAt: runtime.createdAt.toISOString(),
      status: 'CREATING',
    };
  });
};

function readOrder({ input, home }: Call): RuntimeOrder {
  const name = requiredText(input, 'agentRuntimeName');
  const { idleRuntimeSessionTimeout, maxLifetime } = (input['lifecycleConfiguration'] ?? {}) as Record<string, number>;
  const { requestHeaderAllowlist } = (input['requestHeaderConfiguration'] ?? {}) as {
    requestHeaderAllowlist?: string[];
  };
  const artifact = input['agentRuntimeArtifact'] as { containerConfiguration?: { containerUri?: string } };
  refuse([
    ...(NAME_PATTERN.test(name)
      ? []
      : [{ name: 'agentRuntimeName', message: `Member must match ${NAME_PATTERN.source}` }]),
    ...lifetimeIssues(idleRuntimeSessionTimeout, maxLifetime),
    ...networkIssues(input),
    ...headerIssues(requestHeaderAllowlist),
  ]);
  return {
    ...home,
    name,
    protocol: protocolOf(input),
    authorization: input['authorizerConfiguration'] === undefined ? 'sigv4' : 'bearer',
    image: artifact.containerConfiguration?.containerUri,
    idleSeconds: idleRuntimeSessionTimeout,
    maxLifetimeSeconds: maxLifetime,
    allowedHeaders: requestHeaderAllowlist,
    environment: (input['environmentVariables'] ?? {}) as Record<string, string>,
    tags: (input['tags'] ?? {}) as Record<string, string>,
    shown: Object.fromEntries(
      SHOWN.filter((member) => input[member] !== undefined).map((member) => [member, input[member]]),
    ),
  };
}

function protocolOf(input: Input): Protocol {
  const { serverProtocol } = (input['protocolConfiguration'] ?? {}) as { serverProtocol?: Protocol };
  return serverProtocol ?? 'HTTP';
}

function lifetimeIssues(idle = 900, life = 28_800): FieldIssue[] {
  const inRange = [idle, life].every((seconds) => Number.isInteger(seconds) && seconds >= 60 && seconds <= 1_209_600);
  if (inRange && idle <= life) return [];
  return [
    { name: 'lifecycleConfiguration', message: 'Members must be 60 to 1209600, idle at most the longest lifetime' },
  ];
}

function networkIssues(input: Input): FieldIssue[] {
  const { networkMode, networkModeConfig } = (input['networkConfiguration'] ?? {}) as {
    networkMode?: string;
    networkModeConfig?: { subnets?: unknown[]; securityGroups?: unknown[]; requireServiceS3Endpoint?: unknown };
  };
  const has = (list: unknown[] | undefined): boolean => list !== undefined && list.length > 0;
  const isComplete =
    networkMode !== 'VPC' || (has(networkModeConfig?.subnets) && has(networkModeConfig?.securityGroups));
  if (isComplete && networkModeConfig?.requireServiceS3Endpoint === undefined) return [];
  return [{ name: 'networkConfiguration', message: 'VPC needs subnets and securityGroups, and nothing else' }];
}

function headerIssues(allowed: readonly string[] = []): FieldIssue[] {
  const isForAgents = (name: string): boolean =>
    /^[A-Za-z0-9_-]+$/.test(name) &&
    (!/^x-amzn?-/i.test(name) || /^x-amzn-bedrock-agentcore-runtime-custom-/i.test(name)) &&
    !/^(accept|content-.*|host|cookie|connection|user-agent|proxy-.*|x-forwarded-.*)$/i.test(name);
  const areApart = new Set(allowed.map((name) => name.toLowerCase())).size === allowed.length;
  if (allowed.length <= 20 && areApart && allowed.every(isForAgents)) return [];
  return [
    { name: 'requestHeaderConfiguration', message: '20 headers at most, none of them restricted or named twice' },
  ];
}

function refuse(issues: readonly FieldIssue[]): void {
  if (issues.length > 0) throw invalidFields(issues);
}
