// Which resources a modern client listens to over a connection of its own: the SDK answers `subscriptions/listen`
// before any server sees it, so this stands between the SDK and the wire. The client hears what it listens to only
// once it is watched, so that no change after that is missed.
import {
  SUBSCRIPTION_ID_META_KEY,
  type JSONRPCMessage,
  type RequestId,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/server';
import type { ResourceUpdates, Subscription } from './resource-updates.js';

interface Acknowledgement {
  id: RequestId;
  uris: string[];
}

interface Listened {
  /** Absent: about to be watched, or it could not be. */
  subscription?: Subscription | undefined;
}

export class ListeningTransport implements Transport {
  onclose?: Transport['onclose'];
  onerror?: Transport['onerror'];
  onmessage?: Transport['onmessage'];
  readonly #listening = new Map<RequestId, Listened>();

  constructor(
    private readonly wire: Transport,
    private readonly updates: ResourceUpdates,
  ) {}

  async start(): Promise<void> {
    this.wire.onmessage = (message, extra) => {
      const cancelled = cancelledBy(message);
      if (cancelled !== undefined) this.#end(cancelled);
      this.onmessage?.(message, extra);
    };
    this.wire.onerror = (error) => this.onerror?.(error);
    this.wire.onclose = () => {
      this.#endAll();
      this.onclose?.();
    };
    await this.wire.start();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    const listened = acknowledgedBy(message);
    // Not awaited: whoever sends an acknowledgement lets no other message of the connection pass until then.
    if (listened) return void this.#listen(listened, message).catch((error: unknown) => this.#failed(error));
    await this.wire.send(message, options);
  }

  async close(): Promise<void> {
    this.#endAll();
    await this.wire.close();
  }

  async #listen({ id, uris }: Acknowledgement, acknowledgement: JSONRPCMessage): Promise<void> {
    this.#end(id);
    const listened: Listened = {};
    this.#listening.set(id, listened);
    const subscription = await this.#subscribe(id, uris);
    // It was given up meanwhile.
    if (this.#listening.get(id) !== listened) return subscription?.end();
    listened.subscription = subscription;
    await this.wire.send(honouring(acknowledgement, subscription?.uris ?? []));
  }

  async #subscribe(id: RequestId, uris: string[]): Promise<Subscription | undefined> {
    const _meta = { [SUBSCRIPTION_ID_META_KEY]: id };
    const updated = (uri: string): void => {
      const message = { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri, _meta } } as const;
      this.wire.send(message).catch((error: unknown) => this.#failed(error));
    };
    try {
      return await this.updates.subscribe(uris, updated);
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #end(id: RequestId): void {
    this.#listening.get(id)?.subscription?.end();
    this.#listening.delete(id);
  }

  #endAll(): void {
    for (const id of [...this.#listening.keys()]) this.#end(id);
  }

  #failed(error: unknown): void {
    this.onerror?.(error instanceof Error ? error : new Error(String(error)));
  }
}

type Params = { _meta?: Record<string, unknown>; notifications?: Record<string, unknown>; requestId?: RequestId };

const paramsOf = (message: JSONRPCMessage, method: string): Params | undefined =>
  'method' in message && message.method === method ? (message.params ?? {}) : undefined;

function acknowledgedBy(message: JSONRPCMessage): Acknowledgement | undefined {
  const params = paramsOf(message, 'notifications/subscriptions/acknowledged');
  const uris = params?.notifications?.['resourceSubscriptions'];
  if (!Array.isArray(uris)) return undefined;
  return { id: params?._meta?.[SUBSCRIPTION_ID_META_KEY] as RequestId, uris: uris as string[] };
}

const cancelledBy = (message: JSONRPCMessage): RequestId | undefined =>
  paramsOf(message, 'notifications/cancelled')?.requestId;

/** The acknowledgement, of what really is watched. */
function honouring(message: JSONRPCMessage, uris: string[]): JSONRPCMessage {
  const { params, ...rest } = message as JSONRPCMessage & { params: Params };
  const { resourceSubscriptions: _, ...notifications } = params.notifications ?? {};
  const honoured = { ...notifications, ...(uris.length > 0 && { resourceSubscriptions: uris }) };
  return { ...rest, params: { ...params, notifications: honoured } };
}
