// The only way of the MCP client to the network: its requests go through the channel, and nowhere but to `/mcp`.
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { Channel, ChannelRequest } from '../../provider/index.js';
import { boundedResponse, excerptOf, isEventStream } from './bounded-response.js';
import type { McpLimits } from './limits.js';

export const MCP_PATH = '/mcp';

/** What the client believes to speak to. The channel knows the true address, and nobody else needs to. */
export const AGENT_URL = new URL(`http://agent.invalid${MCP_PATH}`);

/** The tool call is the one request whose answer may be long. */
const CALL = 'tools/call';

export interface FetchOptions {
  readonly limits: McpLimits;
  readonly signal: AbortSignal;
  /** Resolves when more of an answer may be read. */
  readonly ready: () => Promise<void>;
  /** A tool call is answered; its content may be long in coming. */
  readonly onCallAnswered: () => void;
}

export class ChannelFetch {
  /** The first limit that the agent broke. */
  fault: DispatchError | undefined;
  /** What the channel said of the latest request or notification, when it could not send it. */
  failure: unknown;
  /** Ids of requests that are answered by a stream. */
  readonly streamed = new Set<unknown>();

  constructor(
    private readonly channel: Channel,
    private readonly options: FetchOptions,
  ) {}

  /** Errors: those of the channel; AD_PROTOCOL_RESPONSE for any other address than the agent's. */
  readonly fetch = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    if (new URL(url).href !== AGENT_URL.href) {
      throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The agent points to another address, which is never followed.');
    }
    const message = messageIn(init.body);
    const isCall = message['method'] === CALL;
    const response = await this.#sent(init, message['method'] !== undefined);
    if (!response.ok) return await excerptOf(response, this.options.limits.excerptBytes);
    if (isCall) this.options.onCallAnswered();
    if (message['id'] !== undefined && isEventStream(response)) this.streamed.add(message['id']);
    return this.#bounded(response, isCall || init.method !== 'POST');
  };

  /** Streams and sessions beside the requests are the client's own affair: channels may refuse them. */
  async #sent(init: RequestInit, counts: boolean): Promise<Response> {
    if (!counts) return await this.channel.fetch(MCP_PATH, this.#request(init));
    this.failure = undefined;
    try {
      return await this.channel.fetch(MCP_PATH, this.#request(init));
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  #bounded(response: Response, isLong: boolean): Response {
    const { limits, signal } = this.options;
    const ready = async (): Promise<void> => {
      await this.options.ready();
      signal.throwIfAborted();
    };
    return boundedResponse(response, {
      bodyBytes: isLong ? limits.streamBytes : limits.handshakeBytes,
      messageBytes: isLong ? limits.callBytes : limits.handshakeBytes,
      ready,
      broken: (error) => (this.fault ??= error),
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
}

/** What the client sends is JSON of its own making. */
function messageIn(body: RequestInit['body']): Record<string, unknown> {
  const message: unknown = typeof body === 'string' ? JSON.parse(body) : undefined;
  return isRecord(message) ? message : {};
}
