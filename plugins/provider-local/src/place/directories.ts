// The directories of an attempt: the private one, and the one in which the work runs.
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { inside } from '@agent-dispatch/worker';
import type { AttemptPaths } from '../attempt/paths.js';
import { hasCode } from '../attempt/system-error.js';
import { UnusableRequest } from '../failures.js';
import type { Details } from '../request/details.js';

const PRIVATE = 0o700;

/** Makes the attempt's directory, readable by us alone. Repeatable. */
export async function makeAttemptDirectory(paths: AttemptPaths): Promise<void> {
  const attempts = dirname(paths.root);
  await mkdir(dirname(attempts), { recursive: true, mode: PRIVATE });
  for (const path of [attempts, paths.root]) await makePrivate(path);
}

async function makePrivate(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: PRIVATE });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    // A link or a file in this place is not ours to follow or to replace.
    if (!(await lstat(path)).isDirectory()) throw new Error(`${path} exists and is no directory.`, { cause: error });
    await chmod(path, PRIVATE);
  }
}

/** Where the target begins: the borrowed directory, or the fresh one. */
export const targetDirectory = (details: Details, paths: AttemptPaths): string => details.directory ?? paths.work;

/** Makes the fresh directory of mode runtime, or sees that the borrowed one is there; returns the real working directory. */
export async function prepareWorkingDirectory(
  request: DispatchRequest,
  details: Details,
  { paths, isContinued }: { paths: AttemptPaths; isContinued: boolean },
): Promise<string> {
  const root = targetDirectory(details, paths);
  if (details.directory !== undefined) await requireDirectory(root, '/target/details/directory');
  else if (isContinued) await requireDirectory(root, '/continueFrom');
  else await makeFresh(root);
  const working = await workingDirectory(request, root);
  if (working === undefined) {
    throw new UnusableRequest(
      'AD_INPUT_INVALID',
      '/input/workingDirectory',
      'It leaves the target directory through a link.',
    );
  }
  if (details.directory === undefined) await mkdir(working, { recursive: true });
  else await requireDirectory(working, '/input/workingDirectory');
  return working;
}

async function makeFresh(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE });
  await makePrivate(path);
}

/** Its real path; undefined when it leaves the target's directory. */
export const workingDirectory = ({ input }: DispatchRequest, root: string): Promise<string | undefined> =>
  inside(root, input.workingDirectory ?? '.');

async function requireDirectory(path: string, pointer: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
  if (found?.isDirectory()) return;
  throw new UnusableRequest('AD_PROVIDER_TARGET_INVALID', pointer, `${path} is not an existing directory.`);
}
