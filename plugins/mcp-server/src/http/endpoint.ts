// One HTTP endpoint for MCP: lets a request in, hands it to the SDK in the name of its subject, and counts what is under way,
// so that ending can wait for it.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createMcpHandler, InMemoryServerEventBus, type McpServerFactory } from '@modelcontextprotocol/server';
import { answerWith, toRequest } from './exchange.js';
import { createGate, readableBy, type GateRules } from './gate.js';
import type { ResourceUpdates } from '../resources/resource-updates.js';
import { Listening } from './listening.js';

/** As much as a line has over stdio. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/**
 * Calls that may be silent for long. They answer as a stream from the start, with a comment every 15 s, so that no proxy
 * takes them for dead; all others with one body, unless there is something to tell before.
 */
const WAITING: ReadonlySet<string> = new Set(['wait_task', 'spawn_cloud_agent', 'dispatch_task']);

export interface EndpointOptions extends GateRules {
  /** The server of one request. */
  serverFor: (subject: string) => McpServerFactory;
  /** What a subject may listen to. */
  updatesFor: (subject: string) => ResourceUpdates;
  report: (error: Error) => void;
}

export class Endpoint {
  readonly #gate: (request: Request) => ReturnType<ReturnType<typeof createGate>>;
  readonly #handlers: Record<'auto' | 'sse', ReturnType<typeof createMcpHandler>>;
  readonly #listening: Listening;
  readonly #report: (error: Error) => void;
  readonly #underWay = new Set<Promise<void>>();
  #ending = false;

  constructor({ serverFor, updatesFor, report, ...rules }: EndpointOptions) {
    this.#gate = createGate(rules);
    this.#report = report;
    const factory: McpServerFactory = (context) => serverFor(context.authInfo?.clientId ?? '')(context);
    const handler = { onerror: report, maxRequestBodySize: MAX_BODY_BYTES };
    const shared = { ...handler, bus: new InMemoryServerEventBus(report) };
    this.#listening = new Listening({ factory, updatesFor, report, handler });
    this.#handlers = {
      auto: createMcpHandler(factory, { ...shared, responseMode: 'auto' }),
      sse: createMcpHandler(factory, { ...shared, responseMode: 'sse' }),
    };
  }

  readonly listener: RequestListener = (incoming, outgoing) => {
    const done = this.#exchange(incoming, outgoing).catch((error: unknown) => {
      this.#report(error instanceof Error ? error : new Error(String(error)));
      outgoing.destroy();
    });
    this.#underWay.add(done);
    void done.finally(() => this.#underWay.delete(done));
  };

  /** No new request; resolves when those under way are answered. */
  async drain(): Promise<void> {
    this.#ending = true;
    await this.#listening.close();
    await Promise.all(this.#underWay);
  }

  /** Cuts what is still under way. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#handlers).map((handler) => handler.close()));
  }

  async #exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = expressible(incoming, outgoing);
    const response = request === undefined ? new Response(null, { status: 400 }) : await this.#answer(request);
    await answerWith(response, { incoming, outgoing });
  }

  async #answer(request: Request): Promise<Response> {
    if (this.#ending) return new Response(null, { status: 503, headers: { 'Retry-After': '1' } });
    const passed = await this.#gate(request);
    // Refused for its host or page: nothing is said that such a page could read.
    if (passed instanceof Response) return passed.status === 403 ? passed : readableBy(request, passed);
    if (request.headers.get('mcp-method') === 'subscriptions/listen')
      return readableBy(request, await this.#listening.answer(request, passed));
    const isCall = request.headers.get('mcp-method') === 'tools/call';
    const mayWait = isCall && WAITING.has(request.headers.get('mcp-name') ?? '');
    return readableBy(request, await this.#handlers[mayWait ? 'sse' : 'auto'].fetch(request, { authInfo: passed }));
  }
}

/** undefined: a method or an address that is none. */
function expressible(incoming: IncomingMessage, outgoing: ServerResponse): Request | undefined {
  try {
    return toRequest(incoming, outgoing);
  } catch {
    return undefined;
  }
}
