// A task that goes on in the session of an earlier one, where the earlier one kept it: same microVM, same files. Pure.
import type { DispatchRequest, ErrorFactory, Handle, PlanContext } from '@agent-dispatch/core/provider';
import { type AwsAccount, readAccount } from '../account/account.js';
import { bearerSecretOf } from './bearer.js';
import { dataOf, type HandleData, handleOf, SESSION_KIND } from './handle.js';
import { type Problem, targetError } from './problems.js';
import { regionOf } from './target.js';

/** What the new task asks for: a place in mode `session`, a configuration in mode `runtime`. */
export interface Wanted {
  readonly runtimeArn?: string;
  readonly qualifier?: string;
  readonly configuration?: string;
  readonly given?: string;
  readonly taskEnvironment?: Readonly<Record<string, string>>;
  readonly taskSecrets?: readonly string[];
  readonly maxLifetimeSeconds: number;
  /** How long it is kept after the new task, in turn. */
  readonly keepSeconds?: number;
}

type Continuing = Pick<PlanContext, 'account' | 'deadline'> & {
  readonly continued: NonNullable<PlanContext['continued']>;
};

/**
 * A handle that names what the earlier task kept, with the same scopes.
 * Errors: AD_PROVIDER_TARGET_INVALID when it kept nothing, ran elsewhere or with other variables, or ends too early.
 */
export function planContinued(
  request: DispatchRequest,
  { account, deadline, continued: { taskId, handle } }: Continuing,
  { wanted, errors }: { wanted: Wanted; errors: ErrorFactory },
): Handle {
  const data = dataOf(handle);
  const kept = handle.resources.filter(({ scope }) => scope.startsWith('shared:'));
  const isKept = data.runtimeArn !== undefined && kept.some(({ kind }) => kind === SESSION_KIND);
  const problem =
    placeProblem(taskId, data, wanted) ??
    regionProblem(taskId, data, readAccount(account)) ??
    (isKept ? undefined : notKept(taskId)) ??
    givenProblem(taskId, data, wanted) ??
    endProblem({ taskId, data, wanted, deadline }, request);
  if (problem !== undefined) throw targetError([problem], errors);
  const { takesToken: _former, ...place } = data;
  const { keepSeconds } = wanted;
  return handleOf(
    { ...place, ...(bearerSecretOf(request) !== undefined && { takesToken: true }) },
    kept.map(({ keepSeconds: _former, ...resource }) => ({
      ...resource,
      ...(keepSeconds !== undefined && { keepSeconds }),
    })),
  );
}

const refusal = (message: string, pointer = '/continueFrom'): Problem => ({ pointer, message });

const notKept = (taskId: string): Problem =>
  refusal(`Task ${taskId} did not keep its session, or it is over; give its runtime the detail keepSeconds.`);

function placeProblem(taskId: string, data: HandleData, wanted: Wanted): Problem | undefined {
  const isElsewhere =
    wanted.configuration === undefined
      ? data.made !== undefined || data.runtimeArn !== wanted.runtimeArn || data.qualifier !== wanted.qualifier
      : data.made?.configuration !== wanted.configuration;
  return isElsewhere ? refusal(`Task ${taskId} ran on another agent runtime, or on one made otherwise.`) : undefined;
}

/** An account profile may have been changed since. */
function regionProblem(
  taskId: string,
  { runtimeArn = '' }: HandleData,
  { name, region }: AwsAccount,
): Problem | undefined {
  const place = regionOf(runtimeArn) ?? region;
  if (place === region) return undefined;
  return refusal(`The agent runtime of task ${taskId} is in ${place}, account ${name} in ${region}.`);
}

/** A runtime has the variables and secrets that it was made with, and takes no others. */
function givenProblem(
  taskId: string,
  { made }: HandleData,
  { given, taskEnvironment = {}, taskSecrets = [] }: Wanted,
): Problem | undefined {
  const bringsNothing = Object.keys(taskEnvironment).length + taskSecrets.length === 0;
  if (bringsNothing || made?.given === given) return undefined;
  return refusal(
    `The agent runtime of task ${taskId} was made with other environment variables or secrets, and takes no new ones: give the same, or none.`,
  );
}

interface Asked {
  readonly taskId: string;
  readonly data: HandleData;
  readonly wanted: Wanted;
  readonly deadline: number;
}

/** The service ends a session by its age, whoever works in it. */
function endProblem({ taskId, data, wanted, deadline }: Asked, { limits }: DispatchRequest): Problem | undefined {
  const lastsUntil = earliestEnd(data, wanted);
  if (lastsUntil === undefined || deadline <= lastsUntil) return undefined;
  const tooMuch = Math.ceil((deadline - lastsUntil) / 1000);
  const left = (limits.timeoutSeconds ?? 0) - tooMuch;
  const way = left > 0 ? `ask for a timeout of ${left} s or less` : 'begin a new session, without continue_from';
  return refusal(
    `The service may end the session of task ${taskId} at ${new Date(lastsUntil).toISOString()}, ${tooMuch} s before this task's deadline: ${way}.`,
    '/limits/timeoutSeconds',
  );
}

/** Undefined: nothing is known of when it began. */
function earliestEnd({ made, beganAfter }: HandleData, { maxLifetimeSeconds }: Wanted): number | undefined {
  if (made?.lifetime !== undefined && made.intendedAt !== undefined)
    return made.intendedAt + made.lifetime.maxSeconds * 1000;
  return beganAfter === undefined ? undefined : beganAfter + maxLifetimeSeconds * 1000;
}
