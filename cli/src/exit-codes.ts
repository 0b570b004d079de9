// What the exit code of a command says. Errors have theirs in the registry of codes; these are answers, not errors.
import { ERRORS, type DispatchError } from '@agent-dispatch/core/errors';

export const EXIT = {
  done: 0,
  /** A check failed, or the time was over before the task. */
  negative: 1,
  /** Something has to be answered first; nothing was started, or the task waits. */
  question: 2,
  /** The task ended and did not succeed. */
  taskEndedBadly: 6,
  /** Ctrl-C; as shells have it. */
  interrupted: 130,
} as const;

/** 8 for a code that this version does not know. */
export const exitCodeOf = ({ code }: Pick<DispatchError, 'code'>): number =>
  Object.hasOwn(ERRORS, code) ? ERRORS[code].exit : 8;
