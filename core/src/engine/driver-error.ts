// Failures on their way into a record: what the driver threw told apart from what failed on the host's side.
import type { DispatchErrorJson } from '@agent-dispatch/schemas';
import { DispatchError, isDispatchError, isErrorCode, toDispatchError } from '../errors/index.js';
import type { DriverError, DriverEvent } from '../provider/index.js';
import type { OutputRedactor } from './ports.js';

/** Longer messages are cut. Characters. */
const MAX_MESSAGE = 4000;
/** Larger details are left out. Characters of JSON. */
const MAX_DETAILS = 4000;

/** What a driver threw while it was followed. */
export class DriverFailure extends Error {
  constructor(readonly thrown: unknown) {
    super('the driver failed', { cause: thrown });
  }

  /** A coded error says for certain that the work did not begin or is over, unless it says otherwise itself. */
  get certain(): boolean {
    return isDispatchError(this.thrown) && this.thrown.details?.['ambiguous'] !== true;
  }
}

/** The same events; whatever goes wrong in the driver comes as a DriverFailure. */
export async function* fromDriver(follow: () => AsyncIterable<DriverEvent>): AsyncGenerator<DriverEvent> {
  try {
    yield* follow();
  } catch (thrown) {
    throw new DriverFailure(thrown);
  }
}

/** The store's own failures: nothing may be concluded from them about a task. */
export const isStoreError = (error: unknown): error is DispatchError =>
  isDispatchError(error) && error.code.startsWith('AD_STORE_');

/** Any failure as it is stored: coded, redacted, of bounded size. */
export function storedError(error: unknown, redactor: OutputRedactor): DispatchErrorJson {
  const thrown = error instanceof DriverFailure ? error.thrown : error;
  const { details, message, ...head } = toDispatchError(thrown, 'AD_PROVIDER_INTERNAL').toJSON();
  const small = details !== undefined && JSON.stringify(details).length <= MAX_DETAILS ? { details } : {};
  return redactor.json({ ...head, message: message.slice(0, MAX_MESSAGE), ...small }) as DispatchErrorJson;
}

/** Said by the driver, and not of a call whose effect is unknown. */
export const isCertain = ({ code, details }: DispatchErrorJson): boolean =>
  code !== 'AD_PROVIDER_INTERNAL' && details?.['ambiguous'] !== true;

/** A driver's error as JSON, with what it left out filled in from the registry. */
export function fromDriverError({ code, message, hint, retryable, details }: DriverError): DispatchError {
  const known = isErrorCode(code) ? code : 'AD_PROVIDER_INTERNAL';
  return new DispatchError(known, message, {
    ...(hint !== undefined && { hint }),
    ...(retryable !== undefined && { retryable }),
    ...(details && { details }),
  });
}
