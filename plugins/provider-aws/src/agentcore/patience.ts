// Waiting for what the service does in its own time: pauses that grow, and failures that pass.
import type { DriverContext } from '@agent-dispatch/core/provider';

const FIRST_MS = 1000;
const LONGEST_MS = 5000;
/** Failures in a row of a call that may be repeated. */
const MOST_FAILURES = 5;

const PASSING = new Set(['AD_PROVIDER_UNAVAILABLE', 'AD_PROVIDER_THROTTLED']);

/** Sleeps a little longer each time. Rejects when the signal aborts. */
export function pauses({ clock, signal }: DriverContext): () => Promise<void> {
  let ms = FIRST_MS;
  return async () => {
    await clock.sleep(ms, signal);
    ms = Math.min(ms * 1.5, LONGEST_MS);
  };
}

/** One call at this task's turn, repeated while its failures are of the passing kind. Errors: the last one. */
export async function patiently<Answer>(context: DriverContext, call: () => Promise<Answer>): Promise<Answer> {
  const pause = pauses(context);
  for (let failures = 1; ; failures += 1) {
    await context.pace();
    try {
      return await call();
    } catch (error) {
      const { code = '' } = error as { code?: string };
      if (!PASSING.has(code) || failures >= MOST_FAILURES || context.signal.aborted) throw error;
    }
    await pause();
  }
}
