// What lies in this provider's private directory, whoever made it: attempts and workspaces. All of it is of one
// installation, whose directory it is.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource, SweepContext, SweptResource } from '@agent-dispatch/core/provider';
import { attemptResource, foundHandle } from './attempt/attempt.js';
import { attemptsDirectory, isAttemptName, taskOf } from './attempt/paths.js';
import { hasCode } from './attempt/system-error.js';
import { workspaceResource, workspacesDirectory } from './attempt/workspace.js';

export async function* findLeftovers(context: SweepContext): AsyncGenerator<SweptResource> {
  yield* found(context, attemptsDirectory(context.directory), attemptResource);
  yield* found(context, workspacesDirectory(context.directory), workspaceResource);
}

async function* found(
  { installationId }: SweepContext,
  directory: string,
  resourceOf: (name: string) => Resource,
): AsyncGenerator<SweptResource> {
  for (const name of await namesIn(directory)) {
    if (!isAttemptName(name)) continue;
    const createdAt = await bornAt(join(directory, name));
    const handle = foundHandle(name, resourceOf(name));
    yield { handle, installationId, taskId: taskOf(name), ...(createdAt !== undefined && { createdAt }) };
  }
}

/** undefined: removed meanwhile. */
async function bornAt(path: string): Promise<number | undefined> {
  try {
    return Math.round((await stat(path)).birthtimeMs);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
