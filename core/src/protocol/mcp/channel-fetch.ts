// The only way of the MCP client to the network: its requests go through the channel, and nowhere but to `/mcp`. Notices when
// none is under way: the client itself may wait for an answer whose connection is gone.
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { Channel, ChannelRequest, Clock } from '../../provider/index.js';
import { boundedResponse, excerptOf } from './bounded-response.js';
import type { McpLimits } from './limits.js';

export const MCP_PATH = '/mcp';

/** What the client believes to speak to. The channel knows the true address, and nobody else needs to. */
export const AGENT_URL = new URL(`http://agent.invalid${MCP_PATH}`);

/** The tool call is the one request whose answer may be long. */
const CALL = 'tools/call';

/** What is answered is read by the client within this time after the answer's end, in milliseconds. */
const READ_MS = 5000;

export interface FetchOptions {
  readonly limits: McpLimits;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Resolves when more of an answer may be read. */
  readonly ready: () => Promise<void>;
  /** A tool call is answered; its content may be long in coming. */
  readonly onCallAnswered: () => void;
}

export class ChannelFetch {
  /** The first limit that the agent broke. */
  fault: DispatchError | undefined;
  /** The latest error of the channel. */
  failure: unknown;
  /** Rejects when nothing is under way any more; to be raced with whoever waits for an answer. */
  onIdle: ((error: Error) => void) | undefined;
  #open = 0;
  #watch = new AbortController();

  constructor(
    private readonly channel: Channel,
    private readonly options: FetchOptions,
  ) {}

  /** Errors: those of the channel; AD_PROTOCOL_RESPONSE for any other address than the agent's. */
  readonly fetch = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    if (new URL(url).href !== AGENT_URL.href) {
      throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The agent points to another address, which is never followed.');
    }
    // Streams and sessions beside the requests are the client's own affair.
    if (init.method !== 'POST') return await this.channel.fetch(MCP_PATH, this.#request(init));
    this.#open += 1;
    this.#watch.abort();
    try {
      return await this.#posted(init);
    } catch (error) {
      this.failure = error;
      this.#closed();
      throw error;
    }
  };

  async #posted(init: RequestInit): Promise<Response> {
    const { limits, ready, onCallAnswered } = this.options;
    const isCall = methodIn(init.body) === CALL;
    const response = await this.channel.fetch(MCP_PATH, this.#request(init));
    if (!response.ok) {
      const excerpt = await excerptOf(response, limits.excerptBytes);
      this.#closed();
      return excerpt;
    }
    if (isCall) onCallAnswered();
    if (response.body === null) this.#closed();
    return boundedResponse(response, {
      bodyBytes: isCall ? limits.streamBytes : limits.handshakeBytes,
      messageBytes: isCall ? limits.callBytes : limits.handshakeBytes,
      ready,
      broken: (error) => (this.fault ??= error),
      over: () => this.#closed(),
    });
  }

  #request({ method = 'GET', headers, body, signal }: RequestInit): ChannelRequest {
    const own = this.options.signal;
    return {
      method: method as ChannelRequest['method'],
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === 'string' && { body }),
      signal: signal ? AbortSignal.any([signal, own]) : own,
    };
  }

  #closed(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#watch = new AbortController();
    const idle = (): void => this.onIdle?.(this.fault ?? new Error('its answer ended without a result'));
    void this.options.clock.sleep(READ_MS, this.#watch.signal).then(idle, () => undefined);
  }

  /** Nothing is waited for any more. */
  close(): void {
    this.#watch.abort();
    this.onIdle = undefined;
  }
}

/** What the client sends is JSON of its own making. */
function methodIn(body: RequestInit['body']): unknown {
  const message: unknown = typeof body === 'string' ? JSON.parse(body) : undefined;
  return isRecord(message) ? message['method'] : undefined;
}
