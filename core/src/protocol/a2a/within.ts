// Bounds a request that is answered once: an agent that never answers must not hold its task for ever.
import type { DriverContext } from '../../provider/index.js';

/** Errors: those of `run`; an error without a code when it is not over after `ms`. */
export async function within<Value>(
  { clock, signal }: Pick<DriverContext, 'clock' | 'signal'>,
  ms: number,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const late = new AbortController();
  const over = new AbortController();
  const limit = clock.sleep(ms, over.signal).then(
    () => late.abort(new Error(`the agent did not answer within ${ms / 1000} s`)),
    // Called off: the answer is here.
    () => undefined,
  );
  try {
    return await run(AbortSignal.any([signal, late.signal]));
  } finally {
    over.abort();
    await limit;
  }
}
