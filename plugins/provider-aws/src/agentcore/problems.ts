// What is wrong with a target: all of it at once, each with its place in the request.
import type { ErrorFactory } from '@agent-dispatch/core/provider';

export interface Problem {
  pointer: string;
  message: string;
}

/** AD_PROVIDER_TARGET_INVALID. */
export function targetError(problems: readonly Problem[], errors: ErrorFactory): Error {
  const message = problems.map((problem) => problem.message).join(' ');
  return errors.create('AD_PROVIDER_TARGET_INVALID', message, { details: { problems: [...problems] } });
}

/** Errors: AD_PROVIDER_TARGET_INVALID, unless there is no problem. */
export function refuseTarget(problems: readonly Problem[], errors: ErrorFactory): void {
  if (problems.length > 0) throw targetError(problems, errors);
}
