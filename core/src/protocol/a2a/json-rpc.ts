// JSON-RPC over a channel: one POST for each call, answered whole or as server-sent events. Knows no method.
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { Channel } from '../../provider/index.js';
import { AnswerBody } from '../http/body.js';
import { readEvents } from '../http/messages.js';
import { type A2aLimits, LIMITS } from './limits.js';

export interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The agent refused the call by JSON-RPC: it did nothing of what was asked. */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data: unknown,
  ) {
    super(message);
  }
}

/** An HTTP error without JSON-RPC in it: of the agent, or of something on the way to it. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    excerpt: string,
  ) {
    super(`The agent answered with HTTP status ${status}${excerpt === '' ? '.' : `: ${excerpt}`}`);
  }
}

/**
 * Errors of both calls: RpcError, HttpError; AD_PROTOCOL_RESPONSE and AD_PROTOCOL_TOO_LARGE for what is not the protocol; the
 * channel's own; anything else is the connection's, or the signal's. A stream that the signal cuts ends early, without error.
 */
export class JsonRpc {
  #lastId = 0;

  constructor(
    private readonly channel: Channel,
    private readonly limits: A2aLimits = LIMITS,
  ) {}

  /** The result of a call that is answered whole. */
  async call(call: Call, signal: AbortSignal): Promise<unknown> {
    const { id, response, body } = await this.post(call, 'application/json', signal);
    try {
      await this.refuse(response, body);
      const text = await this.whole(body);
      signal.throwIfAborted();
      return resultOf(parseJson(text), id);
    } finally {
      body.close();
    }
  }

  /** The results of a call that is answered by a stream, as they come. An agent may also answer it whole. */
  async *stream(call: Call, signal: AbortSignal): AsyncGenerator {
    const { id, response, body } = await this.post(call, 'text/event-stream', signal);
    try {
      await this.refuse(response, body);
      for await (const text of isEventStream(response) ? this.events(body) : [await this.whole(body)]) {
        // What is cut ends in the middle.
        if (signal.aborted) return;
        yield resultOf(parseJson(text), id);
      }
    } finally {
      body.close();
    }
  }

  private async *events(body: AnswerBody): AsyncGenerator<string> {
    for await (const data of readEvents(body.text(this.limits.streamBytes), this.limits)) {
      if (data.trim() !== '') yield data;
    }
  }

  private async post(
    { method, params, headers }: Call,
    accept: string,
    signal: AbortSignal,
  ): Promise<{ id: number; response: Response; body: AnswerBody }> {
    const id = ++this.#lastId;
    const response = await this.channel.fetch('/', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
      signal,
    });
    return { id, response, body: new AnswerBody(response, signal) };
  }

  private async refuse(response: Response, body: AnswerBody): Promise<void> {
    if (response.ok) return;
    const excerpt = await body.excerpt(this.limits.excerptBytes);
    const error = errorIn(excerpt);
    if (error !== undefined) throw error;
    throw new HttpError(response.status, excerpt);
  }

  private async whole(body: AnswerBody): Promise<string> {
    const parts: string[] = [];
    for await (const part of body.text(this.limits.answerBytes)) parts.push(part);
    return parts.join('');
  }
}

const isEventStream = (response: Response): boolean =>
  (response.headers.get('content-type') ?? '').toLowerCase().startsWith('text/event-stream');

function resultOf(answer: unknown, id: number): unknown {
  if (!isRecord(answer)) throw strange('The agent answered a call with something else than JSON-RPC.');
  const { error, result } = answer;
  if (error !== undefined && error !== null) throw rpcError(error);
  if (answer['id'] !== id) throw strange('The agent answered another call than the one it was sent.');
  if (result === undefined) throw strange('The agent answered a call without a result.');
  return result;
}

function errorIn(text: string): RpcError | undefined {
  try {
    const answer = JSON.parse(text) as unknown;
    return isRecord(answer) && answer['jsonrpc'] !== undefined && isRecord(answer['error'])
      ? rpcError(answer['error'])
      : undefined;
  } catch {
    return undefined;
  }
}

function rpcError(error: unknown): RpcError {
  const { code, message, data } = isRecord(error) ? error : {};
  const text = typeof message === 'string' ? message : JSON.stringify(error);
  return new RpcError(typeof code === 'number' ? code : 0, text.slice(0, LIMITS.excerptBytes), data);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The agent announced JSON and sent something else.', { cause });
  }
}

const strange = (message: string): DispatchError => new DispatchError('AD_PROTOCOL_RESPONSE', message);
