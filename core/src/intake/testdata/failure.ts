// What a refused call tells its caller, for tests of refusals.
import { isDispatchError, type DispatchError } from '../../errors/index.js';

/** The DispatchError that `act` throws; anything else, or nothing, fails the test. */
export function failureOf(act: () => unknown): DispatchError {
  let answer: unknown;
  try {
    answer = act();
  } catch (error) {
    if (isDispatchError(error)) return error;
    throw error;
  }
  throw new Error(`expected a refusal, got ${JSON.stringify(answer).slice(0, 500)}`);
}
