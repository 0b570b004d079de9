// The way to the agent of an attempt: requests to its worker on the loopback interface, each with the attempt's token.
import type { Channel, ChannelRequest, DriverContext, ErrorFactory } from '@agent-dispatch/core/provider';
import type { AttemptPaths } from '../attempt/paths.js';
import { toCoded } from '../failures.js';
import { servingWorker, type ServingWorker } from './serving-worker.js';

export function openChannel(paths: AttemptPaths, context: DriverContext, errors: ErrorFactory): Channel {
  return {
    async fetch(path, request) {
      const { port, token } = await reachWorker(paths, { ...context, signal: request.signal }, errors);
      return await fetch(addressOf(path, port), initOf(request, token));
    },
  };
}

/** Errors: coded ones: nothing was sent. The signal's reason. */
export async function reachWorker(
  paths: AttemptPaths,
  context: DriverContext,
  errors: ErrorFactory,
): Promise<ServingWorker> {
  try {
    return await servingWorker(paths, context);
  } catch (error) {
    context.signal.throwIfAborted();
    throw toCoded(errors, error);
  }
}

/** Whatever the path is, it leads to this port. */
function addressOf(path: string, port: number): URL {
  const address = new URL(`http://127.0.0.1:${port}`);
  const { pathname, search } = new URL(path, address);
  address.pathname = pathname;
  address.search = search;
  return address;
}

const initOf = ({ method, headers, body, signal }: ChannelRequest, token: string): RequestInit => ({
  method,
  headers: { ...headers, authorization: `Bearer ${token}` },
  ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body) }),
  signal,
  redirect: 'manual',
});
