// Chooses what an attempt will use: its session, and its agent runtime where one is made or shared. Pure.
import type { DispatchRequest, ErrorFactory, Handle, PlanContext, Resource } from '@agent-dispatch/core/provider';
import { readAccount } from '../account/account.js';
import { bearerProblems, bearerSecretOf } from './bearer.js';
import { planContinued } from './continued.js';
import { detailProblems, lifetimeProblems } from './details.js';
import { handleOf, RUNTIME_KIND, SESSION_KIND } from './handle.js';
import { createTokenFor, digest, runtimeNameFor, sessionIdFor, sharedRuntimeName } from './names.js';
import { refuseTarget } from './problems.js';
import { configurationOf, givenBy, readSettings, type RuntimeSettings } from './runtime/settings.js';
import { readTarget, type RuntimeTarget } from './target.js';
import { runsWorker } from './worker.js';

/** Errors: AD_PROVIDER_TARGET_INVALID. */
export function planHandle(request: DispatchRequest, context: PlanContext, errors: ErrorFactory): Handle {
  if (request.target.mode === 'runtime') return planOnMade(request, context, errors);
  const target = readTarget(request, readAccount(context.account), errors);
  refuseTarget(
    [
      ...bearerProblems(request, { reachesAgent: runsWorker(request) }),
      ...detailProblems(request),
      ...lifetimeProblems(request, target.maxLifetimeSeconds),
    ],
    errors,
  );
  const { continued } = context;
  return continued === undefined
    ? planSession(request, target, context)
    : planContinued(request, { ...context, continued }, { wanted: target, errors });
}

function planOnMade(request: DispatchRequest, context: PlanContext, errors: ErrorFactory): Handle {
  const settings = readSettings(request, errors);
  const digests = { configuration: configurationOf(settings), given: givenBy(request, settings) };
  const { continued } = context;
  return continued === undefined
    ? planMade(request, { settings, digests }, context)
    : planContinued(request, { ...context, continued }, { wanted: { ...settings, ...digests }, errors });
}

function planSession(request: DispatchRequest, target: RuntimeTarget, context: PlanContext): Handle {
  const { runtimeArn, qualifier } = target;
  const sessionId = sessionIdFor(context);
  const { timeoutSeconds } = request.limits;
  const data = {
    ...{ runtimeArn, qualifier, sessionId },
    // Its task was accepted then.
    ...(timeoutSeconds !== undefined && { beganAfter: context.deadline - timeoutSeconds * 1000 }),
    ...authorizationOf(request),
  };
  return handleOf(data, [sessionResource(sessionId, context, target)]);
}

const authorizationOf = (request: DispatchRequest): { takesToken?: true } =>
  bearerSecretOf(request) === undefined ? {} : { takesToken: true };

function planMade(
  request: DispatchRequest,
  { settings, digests }: { settings: RuntimeSettings; digests: { configuration: string; given: string } },
  context: PlanContext,
): Handle {
  const { shared: isShared, keepSeconds } = settings;
  const { installationId, account } = context;
  const name = isShared ? sharedRuntimeName(installationId, account.name, digest(digests)) : runtimeNameFor(context);
  const sessionId = sessionIdFor(context);
  const made = { name, createToken: createTokenFor(name, context), ...digests, isShared };
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
