// A call that may take only so long.
import { DispatchError } from '../../../errors/index.js';
import type { DriverContext } from '../../../provider/index.js';

/** Calls with a signal that aborts after `ms`, or with the context's. What is thrown then says nothing of the call's effect. */
export async function within<Value>(
  ms: number,
  { clock, signal }: Pick<DriverContext, 'clock' | 'signal'>,
  call: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const over = new AbortController();
  const answered = new AbortController();
  const abort = (): void => over.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const late = (): void => over.abort(tooLate(ms));
  clock.sleep(ms, answered.signal).then(late, () => undefined);
  try {
    return await call(over.signal);
  } finally {
    signal.removeEventListener('abort', abort);
    answered.abort();
  }
}

const tooLate = (ms: number): DispatchError =>
  new DispatchError('AD_PROVIDER_UNAVAILABLE', `The agent did not answer within ${ms / 1000} s.`, {
    details: { ambiguous: true },
  });
