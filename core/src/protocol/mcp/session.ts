// One client of MCP for one task, over the channel. It speaks the revision that the server speaks.
import {
  Client,
  type CallToolResult,
  type InputRequiredResult,
  ProtocolError,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type Tool,
} from '@modelcontextprotocol/client';
import { DispatchError, isDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import { AGENT_URL, ChannelFetch } from './channel-fetch.js';
import type { McpLimits } from './limits.js';
import { loggedText, progressOf } from './notices.js';
import type { Questions } from './questions.js';

/** The longest that timers can take: a call lasts as long as its work. Milliseconds. */
const NEVER = 2 ** 31 - 1;
/** For each request before the call. Milliseconds. */
const HANDSHAKE_MS = 60_000;
const FAREWELL_MS = 2000;

export interface SessionOptions {
  readonly limits: McpLimits;
  readonly questions: Questions;
  readonly signal: AbortSignal;
  readonly ready: () => Promise<void>;
  readonly tell: (event: DriverEvent) => void;
}

export type CallResult = CallToolResult | InputRequiredResult;

export class McpSession {
  readonly #client: Client;
  readonly #transport: StreamableHTTPClientTransport;
  readonly #fetch: ChannelFetch;
  readonly #rejected: Promise<never>;
  readonly #closing = new AbortController();

  constructor(
    channel: Channel,
    private readonly context: DriverContext,
    { limits, questions, signal, ready, tell }: SessionOptions,
  ) {
    let isAttached = false;
    const onCallAnswered = (): void => {
      if (!isAttached) tell({ type: 'attached' });
      isAttached = true;
    };
    this.#fetch = new ChannelFetch(channel, { limits, signal, clock: context.clock, ready, onCallAnswered });
    this.#transport = new StreamableHTTPClientTransport(AGENT_URL, {
      fetch: this.#fetch.fetch,
      reconnectionOptions: {
        initialReconnectionDelay: 1000,
        maxReconnectionDelay: 1000,
        reconnectionDelayGrowFactor: 1,
        maxRetries: 0,
      },
    });
    this.#client = new Client(
      { name: 'agentdispatch', version: '1' },
      {
        capabilities: { elicitation: { form: {}, url: {} } },
        versionNegotiation: { mode: 'auto' },
        inputRequired: { autoFulfill: false },
        listMaxPages: limits.toolPages,
      },
    );
    this.#client.setRequestHandler('elicitation/create', async ({ params }) => ({ ...(await questions.ask(params)) }));
    this.#client.setNotificationHandler('notifications/message', ({ params }) => {
      for (const event of loggedText(params.logger, params.data)) tell(event);
    });
    this.#rejected = new Promise<never>((_resolve, reject) => {
      this.#fetch.onIdle = reject;
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    this.#rejected.catch(() => undefined);
    this.onProgress = (progress) => tell(progressOf(progress));
  }

  private readonly onProgress: (progress: { progress: number; total?: number; message?: string }) => void;

  /** Nothing is begun by it. Errors: a coded one; the signal's reason. */
  async tools(): Promise<readonly Tool[]> {
    const options = { timeout: HANDSHAKE_MS, signal: this.#closing.signal };
    try {
      await Promise.race([this.#client.connect(this.#transport, options), this.#rejected]);
      return (await Promise.race([this.#client.listTools(undefined, options), this.#rejected])).tools;
    } catch (error) {
      this.context.signal.throwIfAborted();
      throw this.#uncertain(error) ?? noServer(error, this.#fetch.failure);
    }
  }

  /** One round. Errors: a coded one where the agent answered and it is no result; others say nothing of its effect. */
  async call(params: Parameters<Client['callTool']>[0]): Promise<CallResult> {
    const options = { timeout: NEVER, onprogress: this.onProgress, allowInputRequired: true };
    try {
      return await Promise.race([this.#client.callTool(params, options), this.#rejected]);
    } catch (error) {
      throw this.#uncertain(error) ?? error;
    }
  }

  /** What the agent said to it, as a coded error. */
  #uncertain(error: unknown): DispatchError | undefined {
    if (this.#fetch.fault) return this.#fetch.fault;
    if (error instanceof SdkHttpError) return refusedWith(error.status, error);
    if (error instanceof ProtocolError) {
      const message = `The agent answered with an error: ${error.message.slice(0, 2000)}`;
      return new DispatchError('AD_PROTOCOL_AGENT_ERROR', message, { details: { code: error.code } });
    }
    return isDispatchError(error) ? error : undefined;
  }

  /** @param isOver the session is needed no more; else only nobody follows it. */
  async close(isOver: boolean): Promise<void> {
    this.#fetch.close();
    this.#closing.abort();
    if (isOver && this.#transport.sessionId !== undefined) {
      const farewell = this.#transport.terminateSession().catch(() => undefined);
      const over = new AbortController();
      const late = this.context.clock.sleep(FAREWELL_MS, over.signal).catch(() => undefined);
      await Promise.race([farewell, late]);
      over.abort();
    }
    // The client does not know its transport before the handshake is done. What is broken needs no closing.
    await this.#transport.close().catch(() => undefined);
    await this.#client.close().catch(() => undefined);
  }
}

const refusedWith = (status: number, cause: unknown): DispatchError =>
  new DispatchError('AD_PROTOCOL_AGENT_ERROR', `The agent answered with HTTP status ${status}.`, {
    details: { status },
    cause,
  });

function noServer(error: unknown, failure: unknown): DispatchError {
  if (isDispatchError(failure)) return failure;
  if (failure !== undefined) {
    return new DispatchError('AD_PROVIDER_UNAVAILABLE', 'The agent cannot be reached.', { cause: failure });
  }
  return new DispatchError('AD_PROTOCOL_RESPONSE', 'What answers there does not speak MCP.', { cause: error });
}
