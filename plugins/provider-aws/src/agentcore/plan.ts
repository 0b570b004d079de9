// Chooses what an attempt will use: its session, and its agent runtime where one is made or shared. Pure.
import type { DispatchRequest, ErrorFactory, Handle, PlanContext, Resource } from '@agent-dispatch/core/provider';
import { readAccount } from '../account/account.js';
import { bearerProblems, bearerSecretOf } from './bearer.js';
import { planContinued } from './continued.js';
import { handleOf, RUNTIME_KIND, SESSION_KIND } from './handle.js';
import { createTokenFor, runtimeNameFor, sessionIdFor, sharedRuntimeName } from './names.js';
import { refuseTarget } from './problems.js';
import { configurationOf, readSettings, type RuntimeSettings } from './runtime/settings.js';
import { readTarget } from './target.js';

/** Errors: AD_PROVIDER_TARGET_INVALID. */
export function planHandle(request: DispatchRequest, context: PlanContext, errors: ErrorFactory): Handle {
  if (request.target.mode !== 'runtime') {
    const target = readTarget(request, readAccount(context.account), errors);
    const { runtimeArn, qualifier } = target;
    refuseTarget(bearerProblems(request, { reachesAgent: false }), errors);
    if (context.continued) return planContinued(context.continued, target, errors);
    const sessionId = sessionIdFor(context);
    const data = { runtimeArn, qualifier, sessionId, ...authorizationOf(request) };
    return handleOf(data, [sessionResource(sessionId, context, target)]);
  }
  const settings = readSettings(request, errors);
  const configuration = configurationOf(settings);
  if (context.continued) return planContinued(context.continued, { ...settings, configuration }, errors);
  return planMade(request, { settings, configuration }, context);
}

const authorizationOf = (request: DispatchRequest): { takesToken?: true } =>
  bearerSecretOf(request) === undefined ? {} : { takesToken: true };

function planMade(
  request: DispatchRequest,
  { settings, configuration }: { settings: RuntimeSettings; configuration: string },
  context: PlanContext,
): Handle {
  const { shared: isShared, keepSeconds } = settings;
  const { installationId, account } = context;
  const name = isShared ? sharedRuntimeName(installationId, account.name, configuration) : runtimeNameFor(context);
  const sessionId = sessionIdFor(context);
  const made = { name, createToken: createTokenFor(name, context), configuration, isShared };
  const runtime: Resource = {
    id: name,
    kind: RUNTIME_KIND,
    scope: isShared || keepSeconds !== undefined ? `shared:${name}` : 'attempt',
    ...(keepSeconds !== undefined && { keepSeconds }),
  };
  // What is shared stays for others; the session in it is this attempt's own.
  const kept = isShared ? {} : settings;
  const lifetime = { maxLifetimeSeconds: settings.maxLifetimeSeconds };
  return handleOf({ qualifier: 'DEFAULT', sessionId, made, ...authorizationOf(request) }, [
    sessionResource(sessionId, context, { ...kept, ...lifetime }),
    runtime,
  ]);
}

function sessionResource(
  id: string,
  { deadline }: PlanContext,
  { keepSeconds, maxLifetimeSeconds }: { keepSeconds?: number; maxLifetimeSeconds: number },
): Resource {
  return {
    id,
    kind: SESSION_KIND,
    // Kept, it is there for the tasks that go on in it, too.
    scope: keepSeconds === undefined ? 'attempt' : `shared:${id}`,
    // A session begins before the deadline, and the service ends it after its runtime's longest lifetime.
    expiresAt: deadline + maxLifetimeSeconds * 1000,
    ...(keepSeconds !== undefined && { keepSeconds }),
  };
}
