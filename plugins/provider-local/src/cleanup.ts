// Removes what attempts own: their private directories, with everything in them and whatever still runs there, and the
// workspaces that nobody needs any more. Never anything else.
import { chmod, lstat, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CleanupProof, DriverContext, Resource } from '@agent-dispatch/core/provider';
import { exists } from '@agent-dispatch/worker';
import { ATTEMPT_KIND } from './attempt/attempt.js';
import { attemptPaths, isAttemptOf, type AttemptPaths } from './attempt/paths.js';
import { workspaceNamed, workspacesDirectory } from './attempt/workspace.js';
import { hasCode } from './attempt/system-error.js';
import { stopWork } from './stop-work.js';

/** Undefined: not yet. Throws for a resource that is neither an attempt of this task nor a workspace. */
export async function removeResource(resource: Resource, context: DriverContext): Promise<CleanupProof | undefined> {
  const { id, kind, scope } = resource;
  const workspace = workspaceNamed(resource);
  if (workspace !== undefined) return await removeWorkspace(id, workspace, context);
  if (kind !== ATTEMPT_KIND || scope === 'borrowed' || !isAttemptOf(context.taskId, id)) {
    throw new Error(`The resource ${id} is no attempt of task ${context.taskId}; nothing was removed.`);
  }
  const paths = attemptPaths(context.directory, id);
  await refuseLink(dirname(paths.root));
  if ((await exists(paths.root)) && !(await stopAndSetAside(paths, context))) return undefined;
  await removeTree(asidePath(paths));
  return { id, proof: 'verified' };
}

/** Nothing runs there: every attempt that worked in it has ended with all its processes. */
async function removeWorkspace(id: string, name: string, { directory }: DriverContext): Promise<CleanupProof> {
  const workspaces = workspacesDirectory(directory);
  await refuseLink(workspaces);
  await removeTree(join(workspaces, name));
  return { id, proof: 'verified' };
}

const asidePath = ({ root, name }: AttemptPaths): string => join(dirname(root), `.removing-${name}`);

/** Set aside in one step, so that a late shim finds either a taken claim or no directory, never an empty one. */
async function stopAndSetAside(paths: AttemptPaths, context: DriverContext): Promise<boolean> {
  if ((await lstat(paths.root)).isDirectory() && (await stopWork(paths, context)) !== 'stopped') return false;
  await removeTree(asidePath(paths));
  await rename(paths.root, asidePath(paths));
  return true;
}

async function refuseLink(path: string): Promise<void> {
  if ((await exists(path)) && (await lstat(path)).isSymbolicLink()) {
    throw new Error(`${path} is a link; nothing was removed.`);
  }
}

/** Links are removed, never followed. Throws when it is still there afterwards. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'ENOTEMPTY')) throw error;
    // Tools leave read-only directories behind (module caches do); their owner may open them.
    await makeWritable(path);
    await rm(path, { recursive: true, force: true });
  }
  if (await exists(path)) throw new Error(`${path} is still there.`);
}

async function makeWritable(directory: string): Promise<void> {
  if (!(await lstat(directory)).isDirectory()) return;
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name));
  }
}
