// A working directory that outlives its attempt: kept for a while after the end, and shared with the tasks that continue
// there. It is named after the attempt that made it.
import { join } from 'node:path';
import type { DispatchRequest, Handle, PlanContext, Resource } from '@agent-dispatch/core/provider';
import { UnusableRequest } from '../failures.js';
import type { Details } from '../request/details.js';
import { attemptName, isAttemptName } from './paths.js';

export const WORKSPACE_KIND = 'workspace';
const ID = 'workspace/';

export const workspacesDirectory = (directory: string): string => join(directory, 'workspaces');

export const workspaceResource = (name: string, keepSeconds?: number): Resource => ({
  id: `${ID}${name}`,
  kind: WORKSPACE_KIND,
  scope: `shared:${ID}${name}`,
  ...(keepSeconds !== undefined && { keepSeconds }),
});

/** The workspace that the resource is; undefined when it is none. */
export function workspaceNamed({ id, kind }: Resource): string | undefined {
  const name = id.slice(ID.length);
  return kind === WORKSPACE_KIND && id.startsWith(ID) && isAttemptName(name) ? name : undefined;
}

export function workspaceOf({ data: { workspace } }: Handle): string | undefined {
  return typeof workspace === 'string' && isAttemptName(workspace) ? workspace : undefined;
}

/**
 * The workspace in which the attempt works; undefined when it has a directory of its own or is given one.
 * Errors: AD_PROVIDER_TARGET_INVALID when there is nothing in which the task could be continued.
 */
export function planWorkspace({ target }: DispatchRequest, context: PlanContext, details: Details): string | undefined {
  const { continued } = context;
  if (target.mode !== 'runtime') {
    if (continued) assertSameDirectory(continued, details.directory);
    return undefined;
  }
  if (!continued) return details.keepSeconds === undefined ? undefined : attemptName(context.taskId, context.attempt);
  const workspace = workspaceOf(continued.handle);
  if (workspace !== undefined) return workspace;
  throw unusable(`Task ${continued.taskId} did not keep its directory; give its runtime the detail keepSeconds.`);
}

function assertSameDirectory({ taskId, handle }: NonNullable<PlanContext['continued']>, directory?: string): void {
  if (handle.resources.some(({ id, scope }) => scope === 'borrowed' && id === directory)) return;
  throw unusable(`Task ${taskId} ran in another directory than ${directory}.`);
}

const unusable = (message: string): UnusableRequest =>
  new UnusableRequest('AD_PROVIDER_TARGET_INVALID', '/continueFrom', message);
