// What the store throws, in one place.
import { codeOf } from '../config/thrown.js';
import { DispatchError, isDispatchError, toDispatchError } from '../errors/index.js';

const FULL = 'Free space on the disk of the state directory, or name another as stateDir; then call again.';
const FORBIDDEN =
  'Let this user write the state directory, or name another as stateDir; AGENTDISPATCH_STATE_DIR does so for one call.';
/** What to do about it, by the system's code. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: FORBIDDEN,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
};

/** @param ambiguous the change may have happened nonetheless. */
function unavailable(doing: string, cause: unknown, ambiguous: boolean): DispatchError {
  const code = codeOf(cause);
  return new DispatchError(
    'AD_STORE_UNAVAILABLE',
    `The state directory failed while ${doing}${code ? ` (${code})` : ''}.`,
    {
      details: { ambiguous, ...(code && { reason: code }) },
      hint: code && HINTS[code],
      cause,
    },
  );
}

/** A coded error as it is; a failure of the disk as AD_STORE_UNAVAILABLE; anything else is a fault of ours. */
export function asStoreError(doing: string, error: unknown, ambiguous: boolean): DispatchError {
  if (isDispatchError(error) || codeOf(error) === undefined) return toDispatchError(error);
  return unavailable(doing, error, ambiguous);
}

export const sessionLost = (message: string, details?: Record<string, unknown>): DispatchError =>
  new DispatchError('AD_STORE_SESSION_LOST', message, { details });

export const superseded = (details?: Record<string, unknown>): DispatchError =>
  sessionLost('Another dispatcher became the owner of the state directory.', details);

export const corrupt = (message: string, details: Record<string, unknown>): DispatchError =>
  new DispatchError('AD_STORE_CORRUPT', message, { details });

/** For what another version wrote: passing over it would drop tasks in silence. */
export const foreignSchema = (what: string, details: { found: unknown; known: unknown }): DispatchError =>
  new DispatchError(
    'AD_STORE_SCHEMA',
    `${what} has ${JSON.stringify(details.found)}; this version knows ${JSON.stringify(details.known)}.`,
    { details },
  );

export const taskNotFound = (taskId: string): DispatchError =>
  new DispatchError('AD_TASK_NOT_FOUND', `There is no task ${JSON.stringify(taskId.slice(0, 64))} here.`);

export const artifactNotFound = (taskId: string, name: string): DispatchError =>
  new DispatchError(
    'AD_TASK_ARTIFACT_NOT_FOUND',
    `Task ${taskId} has nothing stored as ${JSON.stringify(name.slice(0, 200))}.`,
  );
