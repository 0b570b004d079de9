// The one error class. Recognised by brand, never by instanceof: users end up with two copies of a package.
import type { DispatchErrorJson, Problem } from '@agent-dispatch/schemas';
import { ERRORS, isErrorCode, type ErrorCode, type Fault } from './registry.js';

const BRAND = Symbol.for('agentdispatch:error@1');

export interface DispatchErrorOptions {
  /** Overrides the code's hint with a more exact next action. */
  hint?: string;
  problems?: (Problem & { file?: string; line?: number })[];
  details?: Record<string, unknown>;
  cause?: unknown;
  retryable?: boolean;
}

export class DispatchError extends Error {
  override readonly name = 'DispatchError';
  readonly hint: string;
  readonly fault: Fault;
  readonly retryable: boolean;
  readonly problems: DispatchErrorOptions['problems'];
  readonly details: Record<string, unknown> | undefined;

  /** @param message what happened, with ids; one sentence, no secret. */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options: DispatchErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const definition = ERRORS[code];
    this.hint = options.hint ?? definition.hint;
    this.fault = definition.fault;
    this.retryable = options.retryable ?? definition.retryable;
    this.problems = options.problems;
    this.details = options.details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  toJSON(): DispatchErrorJson {
    const { code, message, hint, fault, retryable, problems, details } = this;
    return { code, message, hint, fault, retryable, ...(problems && { problems }), ...(details && { details }) };
  }
}

/** Whether an unknown value is a DispatchError of any copy of this package. */
export const isDispatchError = (error: unknown): error is DispatchError =>
  typeof error === 'object' && error !== null && BRAND in error;

/** An error as it came over a process boundary, as an error again. Unknown codes become `fallback`. */
export function fromJson(json: DispatchErrorJson, fallback: ErrorCode = 'AD_HOST_INTERNAL'): DispatchError {
  const { code, message, hint, problems, details, retryable } = json;
  return new DispatchError(isErrorCode(code) ? code : fallback, message, { hint, problems, details, retryable });
}

/** Any thrown value as a DispatchError; what is not one already is wrapped once, as `fallback`, and keeps its cause. */
export function toDispatchError(error: unknown, fallback: ErrorCode = 'AD_HOST_INTERNAL'): DispatchError {
  if (isDispatchError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DispatchError(fallback, message, { cause: error });
}
