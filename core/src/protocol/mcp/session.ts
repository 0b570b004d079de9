// One client of MCP for one task, over the channel. It speaks the revision that the server speaks.
import {
  type CallToolResult,
  Client,
  type InputRequiredResult,
  LOG_LEVEL_META_KEY,
  ProtocolError,
  type RequestId,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  type Tool,
} from '@modelcontextprotocol/client';
import { isRecord } from '../../config/record.js';
import { type DispatchError, isDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import { isCertain } from '../http/worker/calls.js';
import { ChannelFetch } from './channel-fetch.js';
import type { SentCall } from './conversation.js';
import { agentError, noServer, notMcp, refusedWith } from './faults.js';
import type { McpLimits } from './limits.js';
import { loggedText, progressOf } from './notices.js';
import type { Elicited } from './questions.js';
import { WatchedTransport } from './watched-transport.js';

/** The longest that timers can take: a call lasts as long as its work. Milliseconds. */
const NEVER = 2 ** 31 - 1;
/** For each request before the call: a machine may have to be made for it. Milliseconds. */
const HANDSHAKE_MS = 600_000;
const FAREWELL_MS = 2000;
const LOG_LEVEL = 'info';

export interface SessionOptions {
  readonly limits: McpLimits;
  readonly signal: AbortSignal;
  readonly ready: () => Promise<void>;
  readonly tell: (event: DriverEvent) => void;
  /** The call leaves now. */
  readonly onCall: (sent: SentCall) => void;
  readonly onCallAnswered: () => void;
  /** The agent asks while its call is under way. `replied` settles when it has the answer, or not. */
  readonly ask: (params: unknown, question: { signal: AbortSignal; replied: Promise<void> }) => Promise<Elicited>;
}

export type CallParams = Parameters<Client['callTool']>[0];
export type CallResult = CallToolResult | InputRequiredResult;

export class McpSession {
  readonly #fetch: ChannelFetch;
  readonly #over: Promise<never>;
  readonly #replies = new Map<RequestId, (error?: unknown) => void>();
  #transport: WatchedTransport;
  #client: Client;
  /** The latest thing that the client could not read. */
  #complaint: Error | undefined;
  #lose: (reason: Error) => void = () => undefined;

  constructor(
    channel: Channel,
    private readonly context: DriverContext,
    private readonly options: SessionOptions,
  ) {
    const { signal } = options;
    this.#fetch = new ChannelFetch(channel, options);
    this.#over = new Promise((_resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    });
    this.#over.catch(() => undefined);
    this.#transport = this.#newTransport();
    this.#client = this.#newClient();
  }

  /** Nothing is begun by it. Errors: a coded one; the signal's reason. */
  async tools(): Promise<readonly Tool[]> {
    try {
      await this.#connect();
      const has = this.#client.getServerCapabilities();
      // The client would tell so on stdout, which is not ours.
      if (!has?.tools) return [];
      const { tools } = await this.#until(this.#client.listTools(undefined, { timeout: HANDSHAKE_MS }));
      if (this.#isModern || !has.logging) return tools;
      // What the server tells without being asked is better than nothing.
      const asked = { method: 'logging/setLevel', params: { level: LOG_LEVEL } } as const;
      await this.#until(this.#client.request(asked, { timeout: HANDSHAKE_MS })).catch(() => undefined);
      return tools;
    } catch (error) {
      this.context.signal.throwIfAborted();
      throw this.#said(error) ?? noServer(error, this.#fetch.failure);
    }
  }

  /**
   * One round. Errors: NotSent when the channel says for certain that the agent did not get it; a coded one where the agent
   * answered and it is no result; others say nothing of its effect.
   */
  async call(params: CallParams, tool: Tool): Promise<CallResult> {
    const { tell } = this.options;
    const { outputSchema: _unchecked, ...known } = tool;
    const options = {
      timeout: NEVER,
      resetTimeoutOnProgress: true,
      allowInputRequired: true,
      // A result that does not fit its schema is a result all the same.
      toolDefinition: known,
      onprogress: (progress: Parameters<typeof progressOf>[0]) => tell(progressOf(progress)),
    };
    const ofLogs = this.#isModern && { [LOG_LEVEL_META_KEY]: LOG_LEVEL };
    const _meta = { ...params._meta, ...this.context.trace, ...ofLogs };
    this.#complaint = undefined;
    try {
      return await this.#until(this.#client.callTool({ ...params, _meta }, options));
    } catch (error) {
      const { failure } = this.#fetch;
      throw isCertain(failure)
        ? new NotSent('the channel did not take it', { cause: failure })
        : (this.#said(error) ?? error);
    }
  }

  /** @param isOver the session is needed no more; else only nobody follows it. */
  async close(isOver: boolean): Promise<void> {
    if (isOver && this.#transport.sessionId !== undefined) {
      const farewell = this.#transport.terminateSession().catch(() => undefined);
      const over = new AbortController();
      const late = this.context.clock.sleep(FAREWELL_MS, over.signal).catch(() => undefined);
      await Promise.race([farewell, late]);
      over.abort();
    }
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    // The client does not know its transport before the handshake is done. What is broken needs no closing.
    await this.#transport.close().catch(() => undefined);
    await this.#client.close().catch(() => undefined);
  }

  get #isModern(): boolean {
    return this.#client.getProtocolEra() === 'modern';
  }

  /** Errors: whatever the handshake ends with. */
  async #connect(): Promise<void> {
    const options = { timeout: HANDSHAKE_MS };
    try {
      await this.#until(this.#client.connect(this.#transport, options));
    } catch (error) {
      if (this.options.signal.aborted || !this.#mayBeOlder(error)) throw error;
      // Older servers, and what stands before them, answer a question they do not know in many ways.
      await this.#letGo();
      this.#transport = this.#newTransport();
      this.#client = this.#newClient();
      await this.#until(this.#client.connect(this.#transport, { ...options, prior: { kind: 'legacy' } }));
    }
  }

  #mayBeOlder(error: unknown): boolean {
    const { failure, fault } = this.#fetch;
    if (fault !== undefined) return false;
    if (failure !== undefined) return isDispatchError(failure) && failure.code === 'AD_PROVIDER_AGENT_FAILED';
    return !(error instanceof SdkHttpError) || ![401, 403, 404].includes(error.status);
  }

  /** The client would wait for a result whose connection is gone. */
  async #until<Value>(answer: Promise<Value>): Promise<Value> {
    const lost = new Promise<never>((_resolve, reject) => {
      this.#lose = reject;
    });
    return await Promise.race([answer, lost, this.#over]);
  }

  #newTransport(): WatchedTransport {
    const { onCall } = this.options;
    return new WatchedTransport(this.#fetch, {
      onOver: () => this.#lose(this.#whyOver()),
      onCall: (requestId) => {
        const { sessionId, protocolVersion: revision } = this.#transport;
        const session = !this.#isModern && sessionId !== undefined && { sessionId };
        onCall({ requestId, ...session, ...(revision !== undefined && { revision }) });
      },
      onReplied: (id, error) => this.#replies.get(id)?.(error),
    });
  }

  #newClient(): Client {
    const { limits, tell } = this.options;
    const client = new Client(
      { name: 'agentdispatch', version: '1' },
      {
        capabilities: { elicitation: { form: {}, url: {} } },
        versionNegotiation: { mode: 'auto' },
        inputRequired: { autoFulfill: false },
        listMaxPages: limits.toolPages,
      },
    );
    client.setRequestHandler('elicitation/create', async ({ params }, { mcpReq }) => ({
      ...(await this.#asked(mcpReq.id, params, mcpReq.signal)),
    }));
    client.setNotificationHandler('notifications/message', ({ params }) => {
      for (const event of loggedText(params.logger, params.data)) tell(event);
    });
    client.onerror = (error) => {
      if (isBreak(error) || isUnread(error)) this.#complaint = error;
    };
    return client;
  }

  async #asked(id: RequestId, params: unknown, signal: AbortSignal): Promise<Elicited> {
    const replied = new Promise<void>((resolve, reject) => {
      const notTaken = (cause: unknown): void => reject(new Error('the answer was not taken', { cause }));
      this.#replies.set(id, (error) => (error === undefined ? resolve() : notTaken(error)));
      // To a question that was withdrawn the client replies nothing.
      signal.addEventListener('abort', () => notTaken(signal.reason), { once: true });
    });
    replied.catch(() => undefined).finally(() => this.#replies.delete(id));
    return await this.options.ask(params, { signal, replied });
  }

  /** An answer that ended properly, with something in it that nobody can read, is no answer in MCP. */
  #whyOver(): Error {
    const { fault } = this.#fetch;
    const complaint = this.#complaint;
    if (fault !== undefined) return fault;
    if (complaint === undefined) return new Error('its answer ended without a result');
    return isBreak(complaint) ? new Error(complaint.message) : notMcp(complaint);
  }

  /** What the agent or the channel said to it, as a coded error. */
  #said(error: unknown): DispatchError | undefined {
    const { fault, failure } = this.#fetch;
    if (fault !== undefined) return fault;
    if (isDispatchError(failure)) return failure;
    if (error instanceof SdkHttpError) return refusedWith(error);
    if (error instanceof ProtocolError) return agentError(error);
    if (isDispatchError(error)) return error;
    return isUnread(error) || isNoResult(error) ? notMcp(error) : undefined;
  }
}

/** The agent did not get the call; the cause says why. */
export class NotSent extends Error {}

/** What the client says of a stream that broke, and of what it could not read or place. */
const isBreak = ({ message }: Error): boolean => message.startsWith('SSE stream disconnected');
const isUnread = (error: unknown): boolean => {
  // By name: what a response's body throws may be of another realm.
  const { name, message } = isRecord(error) ? error : {};
  return UNREAD.has(name) || String(message).startsWith('Received a response for an unknown message ID');
};
const UNREAD: ReadonlySet<unknown> = new Set(['SyntaxError', 'ZodError', '$ZodError']);

const NO_RESULT: readonly unknown[] = [
  SdkErrorCode.InvalidResult,
  SdkErrorCode.ClientHttpUnexpectedContent,
  SdkErrorCode.UnsupportedResultType,
];
const isNoResult = (error: unknown): boolean => error instanceof SdkError && NO_RESULT.includes(error.code);
