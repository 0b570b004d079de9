// Makes the agent runtime of an attempt, or adopts the one that an earlier call made, and waits until it takes calls.
import type { DriverContext, DriverEvent, Handle } from '@agent-dispatch/core/provider';
import { isNameInUse } from '../../aws/errors.js';
import type { AwsCalls } from '../aws-calls.js';
import { dataOf, type MadeRuntime, withData } from '../handle.js';
import { findRuntime, readTags } from './find.js';
import { patience, patiently } from '../patience.js';
import { untilReady } from './ready.js';
import { createMembers, readSettings, type RuntimeSettings } from './settings.js';
import { bearsTagsOf, tagsOf } from './tags.js';

const CREATE = { action: 'bedrock-agentcore:CreateAgentRuntime' } as const;
/** What the service allows of lifetimes. */
const SHORTEST_SECONDS = 60;
/** For the last words of work that ends with its deadline. */
const GRACE_SECONDS = 60;

/**
 * The handle is stored before each step that it has to remember: that a create may be under way, and what it made.
 * @param accountId of AWS, that is reached.
 * Errors: AD_PROVIDER_AGENT_FAILED with the service's reason, AD_PROVIDER_CONFLICT where the name is another's.
 */
export async function* makeRuntime(
  calls: AwsCalls,
  { handle, accountId }: { handle: Handle; accountId: string | undefined },
  context: DriverContext,
): AsyncGenerator<DriverEvent> {
  const { made: planned } = dataOf(handle);
  if (planned === undefined) return;
  const made = { ...planned, ...(accountId !== undefined && { accountId }) };
  let known = handle;
  if (dataOf(handle).runtimeArn === undefined) {
    for await (const told of createOrAdopt(calls, { handle, made }, context)) {
      known = told;
      yield { type: 'handle', handle: told };
    }
  }
  yield* untilReady(calls, known, context);
}

/**
 * The service itself ends the session of a task soon after its deadline: a grace later, and the time that making the runtime
 * took, and as long as it is to be kept. A shared runtime cannot know its tasks.
 */
function lifetimeOf({ isShared }: MadeRuntime, calls: AwsCalls, context: DriverContext): MadeRuntime['lifetime'] {
  const { maxLifetimeSeconds, idleSeconds, keepSeconds = 0 } = readSettings(context.request, calls.errors);
  const kept = isShared ? 0 : keepSeconds;
  const left = Math.ceil((context.deadline - context.clock.now()) / 1000) + GRACE_SECONDS + kept;
  const maxSeconds = Math.max(SHORTEST_SECONDS, isShared ? maxLifetimeSeconds : Math.min(left, maxLifetimeSeconds));
  return { maxSeconds, idleSeconds: Math.min(Math.max(idleSeconds, kept), maxSeconds) };
}

/** The handle before each create that is sent, with its time, and at last with what was made. */
async function* createOrAdopt(
  calls: AwsCalls,
  { handle, made }: { handle: Handle; made: MadeRuntime },
  context: DriverContext,
): AsyncGenerator<Handle> {
  const settings = readSettings(context.request, calls.errors);
  const lifetime = made.lifetime ?? lifetimeOf(made, calls, context);
  const waitAfter = patience(context);
  for (;;) {
    // Before its time is noted: nothing is sent later than that.
    await calls.turn(context, CREATE);
    const intended = { ...made, lifetime, intendedAt: context.clock.now() };
    const sent = withData(handle, { made: intended });
    yield sent;
    let created: string | undefined;
    try {
      created = await create(calls, { made: intended, settings }, context);
    } catch (error) {
      await waitAfter(error);
      continue;
    }
    yield withData(sent, { runtimeArn: created ?? (await patiently(context, () => adopt(calls, made, context))) });
    return;
  }
}

/** What an earlier call made, if it bears our tags. */
async function adopt(calls: AwsCalls, made: MadeRuntime, context: DriverContext): Promise<string> {
  const found = await findRuntime(calls, context, made.name);
  if (found === undefined) {
    const message = `The agent runtime ${made.name} is said to exist, and is in no list yet.`;
    throw calls.errors.create('AD_PROVIDER_UNAVAILABLE', message, { details: { ambiguous: true } });
  }
  if (bearsTagsOf(await readTags(calls, context, found.arn), made, context)) return found.arn;
  throw calls.errors.create('AD_PROVIDER_CONFLICT', `The agent runtime ${found.arn} has our name and is not ours.`, {
    hint: 'Look at its tags. It was left as it is; remove it, or use another account or region.',
  });
}

/** Undefined: the name is in use. */
function create(
  calls: AwsCalls,
  { made, settings }: { made: MadeRuntime; settings: RuntimeSettings },
  context: DriverContext,
): Promise<string | undefined> {
  const { idleSeconds, maxSeconds } = made.lifetime ?? { idleSeconds: undefined, maxSeconds: undefined };
  const isForAgent = ([name]: [string, string]): boolean => settings.taskSecrets.includes(name);
  const secrets = Object.fromEntries(Object.entries(context.secrets).filter(isForAgent));
  const environment = { ...settings.environment, ...settings.taskEnvironment, ...secrets };
  const input = {
    ...createMembers(settings),
    agentRuntimeName: made.name,
    clientToken: made.createToken,
    lifecycleConfiguration: { idleRuntimeSessionTimeout: idleSeconds, maxLifetime: maxSeconds },
    ...(Object.keys(environment).length > 0 && { environmentVariables: environment }),
    tags: tagsOf(made, context, context.deadline + (settings.keepSeconds ?? 0) * 1000),
  };
  const kind = {
    ...CREATE,
    resource: `runtime ${made.name}`,
    passesRole: settings.roleArn,
    mayLandLate: true,
  };
  return calls.call(context, kind, async ({ control }) => {
    try {
      return (await control.createRuntime(input, context.signal)).agentRuntimeArn;
    } catch (error) {
      if (isNameInUse(error)) return undefined;
      throw error;
    }
  });
}
