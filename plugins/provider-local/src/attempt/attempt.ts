// One attempt as the verbs see it: its handle, and where its files are. Paths come from the context, never from a handle.
import { join } from 'node:path';
import type { DispatchRequest, Handle, PlanContext, Resource } from '@agent-dispatch/core/provider';
import type { Details } from '../request/details.js';
import { attemptName, attemptPaths, isAttemptOf, type AttemptPaths } from './paths.js';
import { planWorkspace, workspaceOf, workspaceResource, workspacesDirectory } from './workspace.js';
import type { WorkProcesses } from './work-processes.js';

const HANDLE_VERSION = 1;

/** Kind of the resource that every attempt owns: its private directory, together with every process of its work. */
export const ATTEMPT_KIND = 'attempt-directory';

/** Errors: UnusableRequest. */
export function planHandle(request: DispatchRequest, context: PlanContext, details: Details): Handle {
  const { directory, keepSeconds } = details;
  const workspace = planWorkspace(request, context, details);
  const name = attemptName(context.taskId, context.attempt);
  if (!isAttemptOf(context.taskId, name)) throw new TypeError(`${name} cannot be a directory's name.`);
  return {
    version: HANDLE_VERSION,
    data: { name, mode: request.target.mode, ...(workspace !== undefined && { workspace }) },
    resources: [
      attemptResource(name),
      ...(directory === undefined ? [] : [{ id: directory, kind: 'directory', scope: 'borrowed' }]),
      ...(workspace === undefined ? [] : [workspaceResource(workspace, keepSeconds)]),
    ],
  };
}

export const attemptResource = (name: string): Resource => ({ id: name, kind: ATTEMPT_KIND, scope: 'attempt' });

/** A handle for what was found of an attempt: enough to remove it. */
export const foundHandle = (name: string, resource: Resource): Handle => ({
  version: HANDLE_VERSION,
  data: { name, mode: 'runtime', provisioned: true },
  resources: [resource],
});

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
    const paths = attemptPaths(context.directory, name);
    const workspace = workspaceOf(handle);
    return workspace === undefined
      ? paths
      : { ...paths, work: join(workspacesDirectory(context.directory), workspace) };
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
