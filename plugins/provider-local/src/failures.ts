// Coded errors of this provider, made by the host's factory; and the same as plain JSON for events.
import { isCoded, messageOf } from './attempt/system-error.js';
import type { DriverError, ErrorFactory } from '@agent-dispatch/core/provider';

/** A part of the request that cannot be used. `pointer` is its place in the request. */
export class UnusableRequest extends Error {
  constructor(
    readonly code: 'AD_PROVIDER_TARGET_INVALID' | 'AD_INPUT_INVALID',
    readonly pointer: string,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Why an attempt has no worker, and will have none: nothing of its work runs any more. */
export class NoWorker extends Error {}

/** Runs `read`; what it finds unusable is thrown as the host's coded error. */
export function coded<T>(errors: ErrorFactory, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw toCoded(errors, error);
  }
}

/** System errors get the code of a failure nobody foresaw and keep their cause. */
export function toCoded(errors: ErrorFactory, error: unknown): Error {
  if (error instanceof UnusableRequest) {
    const { code, pointer, message, hint } = error;
    return errors.create(code, `${pointer}: ${message}`, { ...(hint !== undefined && { hint }), details: { pointer } });
  }
  if (error instanceof NoWorker)
    return errors.create('AD_PROVIDER_AGENT_FAILED', error.message, { details: { over: true } });
  if (isCoded(error)) return error;
  return errors.create('AD_PROVIDER_INTERNAL', messageOf(error), { cause: error });
}

export const failure = (code: string, message: string, more: Partial<DriverError> = {}): DriverError => ({
  code,
  message,
  ...more,
});
