// The only way of the MCP client to the network: its requests go through the channel, and nowhere but to `/mcp`.
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { Channel, ChannelRequest } from '../../provider/index.js';
import { boundedResponse, excerptOf, isEventStream } from './bounded-response.js';
import type { McpLimits } from './limits.js';

const MCP_PATH = '/mcp';

/** What the client believes to speak to. The channel knows the true address, and nobody else needs to. */
export const AGENT_URL = new URL(`http://agent.invalid${MCP_PATH}`);

/** The tool call is the one request whose answer may be long. */
const CALL = 'tools/call';

export class ChannelFetch {
  /** The first limit that the agent broke. */
  fault: DispatchError | undefined;
  /** Ids of the requests that are answered by an event stream: their end is told by the client's transport. */
  readonly streamed = new Set<unknown>();

  constructor(
    private readonly channel: Channel,
    private readonly limits: McpLimits,
    private readonly signal: AbortSignal,
    /** Resolves when more of an answer may be read. */
    private readonly ready: () => Promise<void>,
  ) {}

  /** Errors: those of the channel; AD_PROTOCOL_RESPONSE for any other address than the agent's. */
  readonly fetch = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    if (new URL(url).href !== AGENT_URL.href) {
      throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The agent points to another address, which is never followed.');
    }
    const message = messageOf(init.body);
    const response = await this.channel.fetch(MCP_PATH, this.request(init));
    if (message['method'] === CALL && isEventStream(response)) this.streamed.add(message['id']);
    if (!response.ok) return excerptOf(response, this.limits.excerptBytes);
    const isLong = message['method'] === CALL || init.method !== 'POST';
    return boundedResponse(response, {
      bodyBytes: isLong ? this.limits.streamBytes : this.limits.handshakeBytes,
      messageBytes: isLong ? this.limits.answerBytes : this.limits.handshakeBytes,
      ready: this.ready,
      broken: (error) => (this.fault ??= error),
    });
  };

  private request({ method = 'GET', headers, body, signal }: RequestInit): ChannelRequest {
    return {
      method: method as ChannelRequest['method'],
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === 'string' && { body }),
      signal: signal ? AbortSignal.any([signal, this.signal]) : this.signal,
    };
  }
}

/** What the client sends is JSON of its own making. */
function messageOf(body: RequestInit['body']): Record<string, unknown> {
  const message: unknown = typeof body === 'string' ? JSON.parse(body) : undefined;
  return isRecord(message) ? message : {};
}
