// A run that was refused, as an error of A2A whose details name why.
import { RequestMalformedError } from '@a2a-js/sdk/errors';
import { RunRefused } from '../../runs/run.js';

/** Throws it, or whatever else came. */
export function refused(error: unknown): never {
  if (!(error instanceof RunRefused)) throw error;
  throw new RequestMalformedError({ message: error.message, metadata: { refusal: error.code }, cause: error });
}
