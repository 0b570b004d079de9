// JSON-RPC 2.0, one message a line, over a stream socket: framing and request matching for both ends. Knows no operation.
import type { Socket } from 'node:net';
import type { DispatchErrorJson } from '@agent-dispatch/schemas';
import { DispatchError, fromJson, isDispatchError, toDispatchError } from '../errors/index.js';

/** Longest message; over it the connection is closed. Bytes. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
/** Server error of JSON-RPC; the coded error is in `data`. */
const CODED_ERROR = -32000;
const METHOD_NOT_FOUND = -32601;
/** Notification that ends the waiting of a call of this connection. */
const CANCEL = '$/cancel';
/** Notification of what a call that is under way has come to; sent only for calls that ask to be told. */
const PROGRESS = '$/progress';
/** Messages in one write. */
const TOGETHER = 32;
/** Notification before an end in order: what was called and has no answer yet was not begun, and will not be. */
const ENDING = '$/ending';

export interface CallContext {
  /** Aborts when the caller cancels the call or its connection ends. */
  signal: AbortSignal;
  /** Tells the caller, where it asked for that; the same once, and nothing after the answer. */
  progress: (message: string) => void;
}

/** How a call is followed while it is under way. */
export interface CallFollow {
  signal?: AbortSignal | undefined;
  progress?: ((message: string) => void) | undefined;
}

/** Answers a request; undefined: no such method. */
export type Handlers = (method: string) => ((params: unknown, context: CallContext) => Promise<unknown>) | undefined;

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string; data?: DispatchErrorJson };
}

interface Pending {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  progress: CallFollow['progress'];
}

export class RpcConnection {
  private readonly pending = new Map<number, Pending>();
  private readonly running = new Map<number, { controller: AbortController; done: Promise<void> }>();
  private draining = false;
  private otherEnding = false;
  private nextId = 1;
  private received: Buffer[] = [];
  private receivedBytes = 0;
  private readonly outgoing: string[] = [];

  constructor(
    private readonly socket: Socket,
    private readonly handlers: Handlers = () => undefined,
  ) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => this.ended());
    socket.on('close', () => this.ended());
  }

  get open(): boolean {
    return !this.socket.destroyed;
  }

  /** Calls of the other end are under way here. */
  get busy(): boolean {
    return this.running.size > 0;
  }

  /** Calls of ours are not answered yet. */
  get waiting(): boolean {
    return this.pending.size > 0;
  }

  /** Errors: the coded error of the other end; AD_DISPATCHER_UNREACHABLE when the connection ends first, a refusal where it was not begun. */
  call(method: string, params: unknown, { signal, progress }: CallFollow = {}): Promise<unknown> {
    const id = this.nextId;
    this.nextId += 1;
    return new Promise((resolve, reject) => {
      if (!this.open) return reject(connectionEnded());
      if (this.otherEnding) return reject(ending());
      const cancel = (): void => this.write({ method: CANCEL, params: { id } });
      const settle =
        <Value>(done: (value: Value) => void) =>
        (value: Value): void => {
          signal?.removeEventListener('abort', cancel);
          done(value);
        };
      this.pending.set(id, { resolve: settle(resolve), reject: settle(reject), progress });
      this.write({ id, method, params });
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  onClose(listener: () => void): void {
    this.socket.once('close', listener);
  }

  /** Ends every call that only waits, lets each be answered, refuses those that still come, and closes. */
  async drain(): Promise<void> {
    this.draining = true;
    const calls = [...this.running.values()];
    for (const { controller } of calls) controller.abort();
    await Promise.all(calls.map(({ done }) => done));
    // Calls that are on their way now find nobody who could refuse them.
    this.write({ method: ENDING });
    this.close();
  }

  close(): void {
    this.flush();
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Messages of one turn of the event loop go out together, but not so many that the other end has nothing to do meanwhile. */
  private write(message: Message): void {
    if (!this.open || this.socket.writableEnded) return;
    if (this.outgoing.length === 0) process.nextTick(() => this.flush());
    this.outgoing.push(JSON.stringify({ jsonrpc: '2.0', ...message }));
    if (this.outgoing.length >= TOGETHER) this.flush();
  }

  private flush(): void {
    const lines = this.outgoing.splice(0);
    if (lines.length > 0 && this.open && !this.socket.writableEnded) this.socket.write(`${lines.join('\n')}\n`);
  }

  private receive(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      const line =
        this.received.length === 0 ? chunk.toString('utf8', start, end) : this.joined(chunk.subarray(start, end));
      start = end + 1;
      this.take(line);
    }
    if (start >= chunk.length) return;
    this.received.push(chunk.subarray(start));
    this.receivedBytes += chunk.length - start;
    if (this.receivedBytes > MAX_LINE_BYTES) this.socket.destroy();
  }

  /** A line that came in pieces. */
  private joined(last: Buffer): string {
    const line = Buffer.concat([...this.received, last]).toString('utf8');
    this.received = [];
    this.receivedBytes = 0;
    return line;
  }

  private take(line: string): void {
    const message = parse(line);
    if (message === undefined) return void this.socket.destroy();
    const { id, method } = message;
    if (method === ENDING) return void (this.otherEnding = true);
    if (method === CANCEL) return this.running.get(idOf(message.params))?.controller.abort();
    if (method === PROGRESS) return this.pending.get(idOf(message.params))?.progress?.(messageOf(message.params));
    if (method !== undefined && id !== undefined) return this.run(id, method, message.params);
    const pending = id === undefined ? undefined : this.pending.get(id);
    if (pending === undefined || id === undefined) return;
    this.pending.delete(id);
    if (message.error) pending.reject(errorOf(message.error));
    else pending.resolve(message.result);
  }

  private run(id: number, method: string, params: unknown): void {
    if (this.draining) return this.refuse(id, ending());
    const controller = new AbortController();
    const done = this.answer(id, method, params, controller.signal).finally(() => this.running.delete(id));
    this.running.set(id, { controller, done });
  }

  private async answer(id: number, method: string, params: unknown, signal: AbortSignal): Promise<void> {
    const handler = this.handlers(method);
    if (handler === undefined) {
      const error = new DispatchError(
        'AD_DISPATCHER_INCOMPATIBLE',
        `the dispatcher has no method ${JSON.stringify(method)}`,
      );
      return this.refuse(id, error, METHOD_NOT_FOUND);
    }
    let told: string | undefined;
    let isOver = false;
    const progress = (message: string): void => {
      if (isOver || message === told) return;
      told = message;
      this.write({ method: PROGRESS, params: { id, message } });
    };
    try {
      this.write({ id, result: (await handler(params, { signal, progress })) ?? null });
    } catch (thrown) {
      this.refuse(id, toDispatchError(thrown));
    } finally {
      isOver = true;
    }
  }

  private refuse(id: number, error: DispatchError, code = CODED_ERROR): void {
    this.write({ id, error: { code, message: error.message, data: error.toJSON() } });
  }

  private ended(): void {
    for (const { controller } of this.running.values()) controller.abort();
    for (const { reject } of this.pending.values()) reject(this.otherEnding ? ending() : connectionEnded());
    this.pending.clear();
  }
}

const connectionEnded = (): DispatchError =>
  new DispatchError('AD_DISPATCHER_UNREACHABLE', 'the connection to the dispatcher ended', {
    hint: 'Call again; the next call starts or finds a dispatcher. A task that was acknowledged goes on.',
  });

const ending = (): DispatchError =>
  new DispatchError('AD_DISPATCHER_UNREACHABLE', 'the dispatcher is ending and did nothing about the call', {
    hint: 'Call again; the next call starts or finds a dispatcher.',
    details: { refused: true },
  });

/** Whether the other end says that the call was not begun, and only that. */
export const isRefusal = (error: unknown): boolean => isDispatchError(error) && error.details?.['refused'] === true;

const idOf = (params: unknown): number =>
  typeof params === 'object' && params !== null && 'id' in params ? Number(params.id) : 0;

const messageOf = (params: unknown): string =>
  typeof params === 'object' && params !== null && 'message' in params ? String(params.message) : '';

const errorOf = ({ message, data }: NonNullable<Message['error']>): DispatchError =>
  data === undefined ? new DispatchError('AD_HOST_INTERNAL', message) : fromJson(data);

function parse(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
