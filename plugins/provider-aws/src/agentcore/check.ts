// Tries whether a target could be used, by reads alone: who we are, which account we reach, and whether the agent runtime is
// there, ready, and speaks the protocol. Never calls the agent: that would start a session.
import type { CheckFinding, DispatchRequest, DriverContext, Protocol } from '@agent-dispatch/core/provider';
import { renewalOf } from '../account/account.js';
import type { AwsCalls } from './aws-calls.js';
import { neededHeaders } from './agent-headers.js';
import { bearerSecretOf } from './bearer.js';
import { checkMaking } from './check-making.js';
import { SERVER_PROTOCOL } from './runtime/settings.js';
import { readTarget, type RuntimeTarget } from './target.js';
import { optional, tried } from './tried.js';
import { accountMismatch, readIdentity } from './verify-account.js';

export async function checkTarget(
  calls: AwsCalls,
  request: DispatchRequest,
  context: DriverContext,
): Promise<CheckFinding[]> {
  const { account } = calls.clients(context);
  const { findings: credentials, accountId } = await checkCredentials(calls, context);
  if (request.target.mode === 'runtime')
    return [...credentials, ...(await checkMaking(calls, request, { context, accountId }))];
  const target = await tried('target', async () => readTarget(request, account, calls.errors));
  if ('finding' in target) return [...credentials, target.finding];
  const read: CheckFinding = { name: 'target', status: 'pass', message: `The target is ${target.value.runtimeArn}.` };
  if (accountId === undefined) return [...credentials, read];
  const described = { context, target: target.value };
  const runtime = await checkRuntime(calls, { ...described, protocol: request.target.protocol });
  return [...credentials, read, ...runtime, await checkEndpoint(calls, described)];
}

/** The account that is reached, if it is the right one. */
async function checkCredentials(
  calls: AwsCalls,
  context: DriverContext,
): Promise<{ findings: CheckFinding[]; accountId?: string }> {
  const { account } = calls.clients(context);
  const identity = await tried('credentials', () => readIdentity(calls, context));
  if ('finding' in identity) return { findings: [identity.finding] };
  const { arn, accountId, expiresAt } = identity.value;
  const until = expiresAt === undefined ? '' : `, until ${expiresAt.toISOString()}`;
  const message = `The credentials of account ${account.name} are ${arn}${until}.`;
  const who: CheckFinding = { name: 'credentials', status: 'pass', message };
  const mismatch = accountMismatch(account, identity.value);
  if (mismatch === undefined) return { findings: [who], accountId };
  const fix = `Correct expectedAccountId, or the credentials: ${renewalOf(account)}`;
  return { findings: [who, { name: 'account', status: 'fail', message: mismatch, fix }] };
}

interface Described {
  readonly context: DriverContext;
  readonly target: RuntimeTarget;
}

async function checkRuntime(
  calls: AwsCalls,
  { context, target, protocol }: Described & { protocol: Protocol },
): Promise<CheckFinding[]> {
  const kind = { action: 'bedrock-agentcore:GetAgentRuntime', resource: target.runtimeArn };
  const runtime = await tried('runtime', () =>
    calls.control(context, kind, (control) => control.runtime(target.runtimeId, context.signal)),
  );
  if ('finding' in runtime) return [optional(runtime.finding, runtime.code)];
  const { status, failureReason, protocolConfiguration, lifecycleConfiguration, authorizerConfiguration } =
    runtime.value;
  const { requestHeaderAllowlist } = runtime.value.requestHeaderConfiguration ?? {};
  return [
    readiness('runtime', `The agent runtime ${target.runtimeId}`, status, failureReason),
    protocolFinding(protocol, protocolConfiguration?.serverProtocol),
    ...authorizationFindings(context.request, authorizerConfiguration !== undefined),
    ...lifetimeFindings(target, lifecycleConfiguration?.maxLifetime),
    ...keepFindings(target, lifecycleConfiguration?.idleRuntimeSessionTimeout),
    ...headerFindings(context.request, requestHeaderAllowlist),
  ];
}

async function checkEndpoint(calls: AwsCalls, { context, target }: Described): Promise<CheckFinding> {
  const { runtimeId, qualifier, runtimeArn } = target;
  const kind = { action: 'bedrock-agentcore:GetAgentRuntimeEndpoint', resource: runtimeArn };
  const endpoint = await tried('endpoint', () =>
    calls.control(context, kind, (control) => control.endpoint(runtimeId, qualifier, context.signal)),
  );
  if ('finding' in endpoint) return optional(endpoint.finding, endpoint.code);
  return readiness('endpoint', `The endpoint ${qualifier}`, endpoint.value.status, endpoint.value.failureReason);
}

function readiness(name: string, what: string, status = 'of unknown status', failureReason?: string): CheckFinding {
  if (status === 'READY') return { name, status: 'pass', message: `${what} is READY.` };
  // While it is updated the version before serves on.
  if (status === 'UPDATING')
    return { name, status: 'warn', message: `${what} is UPDATING.`, fix: 'Wait until it is READY.' };
  const why = failureReason === undefined ? '' : ` (${failureReason})`;
  const fix = 'Wait until it is READY, or repair it in the AgentCore console.';
  return { name, status: 'fail', message: `${what} is ${status}${why}.`, fix };
}

function protocolFinding(protocol: Protocol, served = 'HTTP'): CheckFinding {
  const name = 'protocol';
  const wanted = protocol === 'stdio' ? served : SERVER_PROTOCOL[protocol];
  if (served === wanted) return { name, status: 'pass', message: `The agent speaks ${protocol}.` };
  const [spoken] = Object.entries(SERVER_PROTOCOL).find(([, server]) => server === served) ?? [served];
  const fix = `Set protocol ${spoken} in the target, or use an agent runtime that serves ${protocol}.`;
  return { name, status: 'fail', message: `The agent runtime serves ${served}, not ${protocol}.`, fix };
}

function lifetimeFindings({ maxLifetimeSeconds }: RuntimeTarget, maxLifetime: number | undefined): CheckFinding[] {
  if (maxLifetime === undefined || maxLifetime === maxLifetimeSeconds) return [];
  const message = `The agent runtime ends sessions after ${maxLifetime} s; the target says ${maxLifetimeSeconds} s.`;
  return [
    { name: 'lifetime', status: 'warn', message, fix: `Set maxLifetimeSeconds to ${maxLifetime} in the target.` },
  ];
}

/** A session that idles ends by itself, kept or not. */
function keepFindings({ keepSeconds = 0 }: RuntimeTarget, idleSeconds = 900): CheckFinding[] {
  if (keepSeconds <= idleSeconds) return [];
  const message = `The agent runtime ends idle sessions after ${idleSeconds} s; keepSeconds says ${keepSeconds} s.`;
  const fix = `Set keepSeconds to ${idleSeconds} or less, or raise idleRuntimeSessionTimeout of the agent runtime.`;
  return [{ name: 'keep', status: 'warn', message, fix }];
}

function authorizationFindings(request: DispatchRequest, takesToken: boolean): CheckFinding[] {
  const hasToken = bearerSecretOf(request) !== undefined;
  if (takesToken === hasToken) return [];
  const [message, fix] = takesToken
    ? [
        'The agent runtime takes OAuth tokens, not AWS credentials.',
        'Name the secret that is the token in bearerToken.',
      ]
    : ['The agent runtime takes AWS credentials, not OAuth tokens.', 'Leave bearerToken out of the target.'];
  return [{ name: 'authorization', status: 'fail', message, fix }];
}

/** What the runtime does not allow never reaches the agent, and nobody is told. */
function headerFindings(request: DispatchRequest, allowed: readonly string[] = []): CheckFinding[] {
  const names = allowed.map((name) => name.toLowerCase());
  const missing = neededHeaders(request).filter((name) => !names.includes(name.toLowerCase()));
  if (missing.length === 0) return [];
  const message = `The agent runtime keeps these headers from the agent: ${missing.join(', ')}.`;
  const fix = `Add them to requestHeaderAllowlist of the agent runtime.`;
  return [{ name: 'headers', status: 'warn', message, fix }];
}
