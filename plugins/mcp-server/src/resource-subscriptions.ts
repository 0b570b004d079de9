// Subscriptions of a legacy client: it asks for one resource after the other, and its connection holds them.
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError, type McpServer } from '@modelcontextprotocol/server';
import { placeOf } from './resource-place.js';
import { asProtocolError } from './resources.js';
import type { ResourceUpdates, Subscription } from './resource-updates.js';

export function serveSubscriptions(
  server: McpServer['server'],
  updates: ResourceUpdates,
  report: (error: unknown) => void,
): void {
  const held = new Map<string, Subscription>();
  /** Asked for and not answered yet. */
  const pending = new Set<Pending>();
  const end = (uri: string): void => {
    held.get(uri)?.end();
    held.delete(uri);
    for (const asked of pending) if (asked.uri === uri) asked.over = true;
  };
  const updated = (uri: string): void => void server.sendResourceUpdated({ uri }).catch(report);
  server.onclose = () => {
    for (const uri of [...held.keys(), ...[...pending].map((asked) => asked.uri)]) end(uri);
  };
  server.setRequestHandler('resources/subscribe', async ({ params: { uri } }, { mcpReq: { signal } }) => {
    const asked: Pending = { uri, over: false };
    pending.add(asked);
    const subscription = await subscribe(updates, uri, updated).finally(() => pending.delete(asked));
    if (asked.over || signal.aborted) subscription.end();
    else {
      held.get(uri)?.end();
      held.set(uri, subscription);
    }
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    end(uri);
    return {};
  });
}

interface Pending {
  uri: string;
  /** It was given up before it was there. */
  over: boolean;
}

/** Errors: ProtocolError, for what is not there, never changes or cannot be watched now. */
async function subscribe(updates: ResourceUpdates, uri: string, updated: (uri: string) => void): Promise<Subscription> {
  const place = placeOf(uri);
  if (place !== undefined && !('taskId' in place))
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${uri} does not change while this server runs.`);
  const subscription = await updates.subscribe([uri], updated).catch((error: unknown) => {
    throw asProtocolError(uri, error);
  });
  if (subscription.uris.length === 0) throw new ResourceNotFoundError(uri);
  return subscription;
}
