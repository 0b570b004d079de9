// A task that goes on in the session of an earlier one, where the earlier one kept it: same microVM, same files. Pure.
import type { ErrorFactory, Handle, PlanContext } from '@agent-dispatch/core/provider';
import { dataOf, handleOf, SESSION_KIND } from './handle.js';
import { targetError } from './problems.js';

/** What the new task asks for: a place in mode `session`, a configuration in mode `runtime`. */
export interface Wanted {
  readonly runtimeArn?: string;
  readonly qualifier?: string;
  readonly configuration?: string;
  /** How long it is kept after the new task, in turn. */
  readonly keepSeconds?: number;
}

/**
 * A handle that names what the earlier task kept, with the same scopes.
 * Errors: AD_PROVIDER_TARGET_INVALID when it kept nothing, or ran elsewhere.
 */
export function planContinued(
  { taskId, handle }: NonNullable<PlanContext['continued']>,
  wanted: Wanted,
  errors: ErrorFactory,
): Handle {
  const data = dataOf(handle);
  const refusal = (message: string): Error => targetError([{ pointer: '/continueFrom', message }], errors);
  const isElsewhere =
    wanted.configuration === undefined
      ? data.made !== undefined || data.runtimeArn !== wanted.runtimeArn || data.qualifier !== wanted.qualifier
      : data.made?.configuration !== wanted.configuration;
  if (isElsewhere) throw refusal(`Task ${taskId} ran on another agent runtime, or on one made otherwise.`);
  const kept = handle.resources.filter(({ scope }) => scope.startsWith('shared:'));
  if (data.runtimeArn === undefined || !kept.some(({ kind }) => kind === SESSION_KIND)) {
    throw refusal(`Task ${taskId} did not keep its session, or it is over; give its runtime the detail keepSeconds.`);
  }
  const { keepSeconds } = wanted;
  return handleOf(
    data,
    kept.map(({ keepSeconds: _former, ...resource }) => ({
      ...resource,
      ...(keepSeconds !== undefined && { keepSeconds }),
    })),
  );
}
