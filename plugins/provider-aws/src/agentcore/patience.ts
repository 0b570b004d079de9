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

/** Waits after a failure of the passing kind. Its errors: any other failure, and the one that is one too many. */
export function patience(context: DriverContext): (error: unknown) => Promise<void> {
  const pause = pauses(context);
  let failures = 0;
  return async (error) => {
    failures += 1;
    const { code = '' } = error as { code?: string };
    if (!PASSING.has(code) || failures >= MOST_FAILURES || context.signal.aborted) throw error;
    await pause();
  };
}

/** One call, repeated while its failures are of the passing kind. Errors: the last one. */
export async function patiently<Answer>(context: DriverContext, call: () => Promise<Answer>): Promise<Answer> {
  const waitAfter = patience(context);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await waitAfter(error);
    }
  }
}
