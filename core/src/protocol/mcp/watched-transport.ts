// The client's transport, which tells what the client itself does not: that an answer is over, for whose result it would wait
// for ever; which call was sent; and whether an answer to the agent's own request was taken.
import { type JSONRPCMessage, type RequestId, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { AGENT_URL, type ChannelFetch } from './channel-fetch.js';

type SendOptions = Parameters<StreamableHTTPClientTransport['send']>[1];

export interface TransportEvents {
  /** Nothing more comes of the request that was sent last of all. What came with its end has been read. */
  readonly onOver: () => void;
  /** The request leaves now. */
  readonly onCall: (id: RequestId) => void;
  /** What became of the answer to a request of the agent; without an error, the agent took it. */
  readonly onReplied: (id: RequestId, error?: unknown) => void;
}

export class WatchedTransport extends StreamableHTTPClientTransport {
  #latest: RequestId | undefined;

  constructor(
    private readonly channel: ChannelFetch,
    private readonly events: TransportEvents,
  ) {
    // What breaks is never made again: nobody would know what the agent did in between.
    super(AGENT_URL, { fetch: channel.fetch, reconnectionOptions: { ...NO_PAUSES, maxRetries: 0 } });
  }

  override async send(message: JSONRPCMessage | JSONRPCMessage[], options?: SendOptions): Promise<void> {
    if (Array.isArray(message) || !('id' in message) || message.id === undefined) {
      this.#latest = undefined;
      return await super.send(message, options);
    }
    if ('method' in message) await this.#request(message.id, message, options);
    else await this.#reply(message.id, message, options);
  }

  async #request(id: RequestId, message: JSONRPCMessage & { method: string }, options: SendOptions): Promise<void> {
    this.#latest = id;
    // The client reads a message in steps that follow each other at once.
    const over = (): void => void setImmediate(() => id === this.#latest && this.events.onOver());
    if (message.method === 'tools/call') this.events.onCall(id);
    await super.send(message, { ...options, onRequestStreamEnd: over });
    if (!this.channel.streamed.delete(id)) over();
  }

  async #reply(id: RequestId, message: JSONRPCMessage, options: SendOptions): Promise<void> {
    try {
      await super.send(message, options);
      this.events.onReplied(id);
    } catch (error) {
      this.events.onReplied(id, error);
      throw error;
    }
  }
}

const NO_PAUSES = { initialReconnectionDelay: 0, maxReconnectionDelay: 0, reconnectionDelayGrowFactor: 1 };
