// One attempt as the verbs see it: its handle, and where its files are. Paths come from the context, never from a handle.
import type { DispatchRequest, Handle, PlanContext } from '@agent-dispatch/core/provider';
import { attemptName, attemptPaths, isAttemptOf, type AttemptPaths } from './paths.js';
import type { WorkProcesses } from './work-processes.js';

const HANDLE_VERSION = 1;

/** Kind of the one resource an attempt owns: its private directory, together with every process of its work. */
export const ATTEMPT_KIND = 'attempt-directory';

export function planHandle({ target }: DispatchRequest, context: PlanContext, directory?: string): Handle {
  const name = attemptName(context.taskId, context.attempt);
  if (!isAttemptOf(context.taskId, name)) throw new TypeError(`${name} cannot be a directory's name.`);
  const owned = { id: name, kind: ATTEMPT_KIND, scope: 'attempt' };
  const borrowed = { id: directory ?? '', kind: 'directory', scope: 'borrowed' };
  return {
    version: HANDLE_VERSION,
    data: { name, mode: target.mode },
    resources: directory === undefined ? [owned] : [owned, borrowed],
  };
}

/** The handle once the attempt's directory exists: from then on a missing directory means removed, not "never made". */
export const provisionedHandle = (handle: Handle): Handle => ({
  ...handle,
  data: { ...handle.data, provisioned: true },
});

export const isProvisioned = (handle: Handle): boolean => handle.data.provisioned === true;

/** Throws for a handle that is not of this task: acting on it would touch another's files. */
export function locateAttempt(handle: Handle, context: Pick<PlanContext, 'taskId' | 'directory'>): AttemptPaths {
  const { name } = handle.data;
  if (handle.version === HANDLE_VERSION && typeof name === 'string' && isAttemptOf(context.taskId, name)) {
    return attemptPaths(context.directory, name);
  }
  throw new Error(
    `The handle is not one of task ${context.taskId}, or was written by a newer version of this provider.`,
  );
}

/** Value of the mark that all processes of the work bear. */
export const markOf = ({ name }: AttemptPaths, { installationId }: Pick<PlanContext, 'installationId'>): string =>
  `${installationId}/${name}`;

export const workProcessesOf = (
  paths: AttemptPaths,
  context: Pick<PlanContext, 'installationId'>,
  leader: WorkProcesses['leader'],
): WorkProcesses => ({ ...(leader && { leader }), mark: markOf(paths, context) });
