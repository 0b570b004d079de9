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
  const end = (uri: string): void => {
    held.get(uri)?.end();
    held.delete(uri);
  };
  const updated = (uri: string): void => void server.sendResourceUpdated({ uri }).catch(report);
  let over = false;
  server.onclose = () => {
    over = true;
    for (const uri of [...held.keys()]) end(uri);
  };
  server.setRequestHandler('resources/subscribe', async ({ params: { uri } }) => {
    const subscription = await subscribe(updates, uri, updated);
    end(uri);
    if (over) subscription.end();
    else held.set(uri, subscription);
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    end(uri);
    return {};
  });
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
