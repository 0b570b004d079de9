// Which resources a client listens to over HTTP: the request is its only word, and the SDK keeps it to itself. So it is
// read here first, and goes on with the resources that are there for this subject. Each stream has a handler of its own,
// so that no news reaches another.
import {
  createMcpHandler,
  InMemoryServerEventBus,
  readRequestBody,
  type AuthInfo,
  type CreateMcpHandlerOptions,
  type McpHttpHandler,
  type McpServerFactory,
} from '@modelcontextprotocol/server';
import type { ResourceUpdates } from '../resource-updates.js';

export interface ListeningOptions {
  factory: McpServerFactory;
  updatesFor: (subject: string) => ResourceUpdates;
  report: (error: Error) => void;
  /** Of the SDK's handler. */
  handler: CreateMcpHandlerOptions & { maxRequestBodySize: number };
}

interface ListenRequest {
  params: { notifications: Record<string, unknown> & { resourceSubscriptions: string[] } };
}

/** Streams at the same time: each holds a connection for as long as its client likes. */
const MOST = { ofAll: 1_000, ofOneSubject: 200 };

export class Listening {
  /** Whose each is; those too that are about to be open. */
  readonly #open = new Map<McpHttpHandler, string>();
  #ending = false;

  constructor(private readonly options: ListeningOptions) {}

  /** Answers `subscriptions/listen`; the stream ends with the client, or with `close`. */
  async answer(request: Request, authInfo: AuthInfo): Promise<Response> {
    const subject = authInfo.clientId;
    const refused = this.#refusal(subject);
    if (refused) return refused;
    const { factory, report, handler } = this.options;
    const own = createMcpHandler(factory, { ...handler, bus: new InMemoryServerEventBus(report) });
    this.#open.set(own, subject);
    whenGone(request, () => this.#open.delete(own));
    const message = await listenRequest(request.clone(), handler.maxRequestBodySize);
    if (message === undefined) return await own.fetch(request, { authInfo });
    const { resourceSubscriptions: wanted, ...others } = message.params.notifications;
    const { uris, end } = await this.#subscribe(wanted, subject, own);
    whenGone(request, end);
    if (this.#ending) return comeBack(503, 1);
    const notifications = { ...others, ...(uris.length > 0 && { resourceSubscriptions: uris }) };
    return await own.fetch(request, {
      authInfo,
      parsedBody: { ...message, params: { ...message.params, notifications } },
    });
  }

  /** Ends the streams in order. */
  async close(): Promise<void> {
    this.#ending = true;
    await Promise.all([...this.#open.keys()].map((handler) => handler.close()));
  }

  #refusal(subject: string): Response | undefined {
    const ofSubject = [...this.#open.values()].filter((whose) => whose === subject).length;
    if (ofSubject >= MOST.ofOneSubject) return comeBack(429, 60);
    return this.#open.size >= MOST.ofAll ? comeBack(503, 60) : undefined;
  }

  async #subscribe(
    uris: string[],
    subject: string,
    { notify }: McpHttpHandler,
  ): Promise<{ uris: string[]; end: () => void }> {
    try {
      return await this.options.updatesFor(subject).subscribe(uris, (uri) => notify.resourceUpdated(uri));
    } catch (error) {
      this.options.report(error instanceof Error ? error : new Error(String(error)));
      return { uris: [], end: () => undefined };
    }
  }
}

/** Also when it has gone already. */
function whenGone({ signal }: Request, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}

const comeBack = (status: number, seconds: number): Response =>
  new Response(null, { status, headers: { 'Retry-After': String(seconds) } });

/** undefined: it listens to no resource, or is no request that could be read; the SDK says so. */
async function listenRequest(request: Request, maxBytes: number): Promise<ListenRequest | undefined> {
  const read = await readRequestBody(request, maxBytes);
  if (read.tooLarge) return undefined;
  try {
    const message = JSON.parse(read.text) as {
      params?: { notifications?: { resourceSubscriptions?: unknown } };
    } | null;
    const uris = message?.params?.notifications?.resourceSubscriptions;
    const areUris = Array.isArray(uris) && uris.every((uri) => typeof uri === 'string');
    return areUris ? (message as ListenRequest) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
