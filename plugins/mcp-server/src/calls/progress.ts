// Progress of a call that takes long, for the screen of the person before the client: it wakes no model, and prolongs no
// client's patience. Only where the client gave a token.
import type { ServerContext } from '@modelcontextprotocol/server';

/** Between two notifications. */
const PROGRESS_SECONDS = 5;

/** Calls `tick` every so many milliseconds, until the function that it returns is called. */
export type Every = (ms: number, tick: () => void) => () => void;

export const everySystemInterval: Every = (ms, tick) => {
  const timer = setInterval(tick, ms).unref();
  return () => clearInterval(timer);
};

/** What the control plane tells of a call that waits. */
type Listener = (message: string) => void;

type Request = Pick<ServerContext['mcpReq'], '_meta' | 'notify'>;

/** Does the work, and passes on what it has come to, in regular steps, as long as it takes. */
export async function withProgress<Value>(
  request: Request,
  every: Every,
  work: (progress: Listener | undefined) => Promise<Value>,
): Promise<Value> {
  const progressToken = request._meta?.progressToken;
  if (progressToken === undefined) return await work(undefined);
  let latest = 'connecting';
  let seconds = 0;
  const stop = every(PROGRESS_SECONDS * 1000, () => {
    seconds += PROGRESS_SECONDS;
    const message = `${latest} (${String(seconds)} s)`;
    const params = { progressToken, progress: seconds, message };
    // Nobody is there any more to be told.
    request.notify({ method: 'notifications/progress', params }).catch(() => stop());
  });
  try {
    return await work((message) => (latest = message));
  } finally {
    stop();
  }
}
