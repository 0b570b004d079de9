// An MCP server as it is on the wire: what it answers to each method is written out, so that it can be wrong in any way.
import type { Channel, ChannelRequest } from '../../../provider/index.js';

export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>> & { readonly _meta?: Readonly<Record<string, unknown>> };
  readonly result?: unknown;
}

export type Respond = (message: Message, request: ChannelRequest) => Response | Promise<Response>;

export interface WireServer {
  readonly channel: Channel;
  /** What was sent to it, the handshake included. */
  readonly received: readonly Message[];
  /** The tool calls among it. */
  readonly calls: readonly Message[];
}

export const TOOL = {
  name: 'do_it',
  inputSchema: { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
};

/**
 * @param answers by method, in place of those that a plain server of the current revision gives; in turn, the last one again and
 * again. What has no method, as an answer to a question, goes by that of HTTP.
 */
export function wireServer(answers: Readonly<Record<string, Respond | readonly Respond[]>>): WireServer {
  const received: Message[] = [];
  const counts = new Map<string, number>();
  const channel: Channel = {
    fetch: async (_path, request) => {
      const message = JSON.parse(typeof request.body === 'string' ? request.body : '{}') as Message;
      received.push(message);
      const key = message.method ?? request.method;
      const count = counts.get(key) ?? 0;
      counts.set(key, count + 1);
      const given: Respond | readonly Respond[] = answers[key] ?? PLAIN[key] ?? notFound;
      const respond = typeof given === 'function' ? given : given[Math.min(count, given.length - 1)];
      return await (respond ?? notFound)(message, request);
    },
  };
  return {
    channel,
    received,
    get calls() {
      return received.filter(({ method }) => method === 'tools/call');
    },
  };
}

/** A server of the older revisions, with a session. */
export const OLDER: Readonly<Record<string, Respond>> = {
  'server/discover': (message) => failing(-32601, 'Method not found')(message),
  initialize: (message) =>
    json(
      asResult(message, {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'older', version: '1' },
      }),
      { 'mcp-session-id': 'session-1' },
    ),
  'notifications/initialized': () => new Response(null, { status: 202 }),
  'tools/list': (message) => json(asResult(message, { tools: [TOOL] })),
  GET: () => new Response(null, { status: 405 }),
  DELETE: () => new Response(null, { status: 405 }),
};

const PLAIN: Readonly<Record<string, Respond>> = {
  'server/discover': (message) =>
    json(asResult(message, { supportedVersions: ['2026-07-28'], capabilities: { tools: {}, logging: {} } })),
  'tools/list': (message) => json(asResult(message, { tools: [TOOL] })),
  'tools/call': (message) => json(asResult(message, { content: [] })),
};

const notFound = (message: Message): Response => failing(-32601, 'Method not found')(message);

/** As the answer to the message. The current revision wants more in it than the older ones, which do not mind. */
export const asResult = ({ id }: Message, result: object): object => ({
  jsonrpc: '2.0',
  id,
  result: { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...result },
});

export const json = (value: unknown, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json', ...headers } });

export const giving =
  (result: object): Respond =>
  (message) =>
    json(asResult(message, result));

export const failing =
  (code: number, message: string): ((request: Message) => Response) =>
  ({ id }) =>
    json({ jsonrpc: '2.0', id, error: { code, message } });

export const frame = (message: unknown): string => `data: ${JSON.stringify(message)}\n\n`;

/** A whole event stream. */
export const streamed = (...pieces: string[]): Response =>
  new Response(pieces.join(''), { headers: { 'content-type': 'text/event-stream' } });

/** An event stream that the test writes. */
export class Stream {
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly response = new Response(new ReadableStream({ start: (controller) => void (this.controller = controller) }), {
    headers: { 'content-type': 'text/event-stream' },
  });

  tell(message: unknown): void {
    this.controller.enqueue(Buffer.from(frame(message)));
  }

  end(): void {
    this.controller.close();
  }

  cut(): void {
    this.controller.error(new TypeError('terminated'));
  }
}

/** A result that asks, of the current revision. */
export const asking =
  (questions: Readonly<Record<string, object>>, requestState?: string): Respond =>
  ({ id }) =>
    json({
      jsonrpc: '2.0',
      id,
      result: {
        resultType: 'input_required',
        inputRequests: Object.fromEntries(
          Object.entries(questions).map(([name, params]) => [
            name,
            { method: 'elicitation/create', params: { mode: 'form', ...params } },
          ]),
        ),
        ...(requestState !== undefined && { requestState }),
      },
    });

export const formFor = (...names: string[]): object => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  required: names,
});
