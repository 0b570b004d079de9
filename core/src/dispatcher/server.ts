// The dispatcher's listening end: serves a ControlPlane to front doors over a socket, and says when it has nothing to do.
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATIONS, type CallOptions, type ControlPlane, type Operation } from '../control-plane.js';
import { DispatchError } from '../errors/index.js';
import type { Logger } from '../provider/index.js';
import { STATE_SCHEMA } from '../store/installation.js';
import {
  PROTOCOL,
  stillOpening,
  type DispatcherStatus,
  type HelloAnswer,
  type HelloRequest,
  type HelloVerdict,
} from './hello.js';
import { judgeHello } from './judge-hello.js';
import { RpcConnection, type CallContext, type Handlers } from './rpc.js';

export interface ServedHost {
  controlPlane: ControlPlane;
  version: string;
  configDigest: string;
  stateDir: string;
  /** Names of environment variables the configuration refers to. */
  wants(): string[];
  /** Takes over values that a front door has. */
  learn(environment: Record<string, string>): void;
  openTasks(): number;
}

export interface DispatcherServerOptions {
  logger: Logger;
  idleMs: number;
  /** Asked to end: idle for `idleMs`, told to stop, or replaced. Called once. */
  onEnd(reason: 'idle' | 'stopped' | 'replaced'): void;
}

/** So long a hello waits for the state directory to be open, as it mostly is by then. */
const OPENING_MS = 250;

const isOperation = (method: string): method is Operation => (OPERATIONS as readonly string[]).includes(method);

export class DispatcherServer {
  private readonly server: Server = createServer((socket) => this.accept(socket));
  private readonly connections = new Set<RpcConnection>();
  private readonly startedAt = Date.now();
  private host: ServedHost | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private ending = false;
  /** Operations that are not answered yet: inputs may be fetched for a task that is not there so far. */
  private underWay = 0;
  private hostReady!: (host: ServedHost) => void;
  /** Calls that come between listening and being ready wait for this. */
  private readonly ready = new Promise<ServedHost>((resolve) => (this.hostReady = resolve));

  constructor(private readonly options: DispatcherServerOptions) {}

  /** Listens before the store is opened, so that whoever reads the epoch file finds an open door. */
  async listen(socketPath: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      // Whoever may write the socket may connect. It is made within the call, and must never be open to others.
      const before = process.umask(0o077);
      try {
        this.server.listen(socketPath, resolve);
      } finally {
        process.umask(before);
      }
    });
    // As when there are no file descriptors left for one more connection: who is connected goes on.
    this.server.on('error', (error) => this.options.logger.warn('a connection failed', { error: error.message }));
  }

  serve(host: ServedHost): void {
    this.host = host;
    this.hostReady(host);
    this.checkIdle();
  }

  /** No new connection; the calls under way are answered. */
  async close(): Promise<void> {
    this.ending = true;
    clearTimeout(this.idleTimer);
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    await Promise.all([...this.connections].map((connection) => connection.drain()));
    await closed;
  }

  /** Looks whether anything is left to do; called when that may have changed. */
  checkIdle(): void {
    clearTimeout(this.idleTimer);
    const { idleMs } = this.options;
    if (this.ending || idleMs === Number.POSITIVE_INFINITY) return;
    const wasBusy = this.isBusy();
    this.idleTimer = setTimeout(() => (wasBusy || this.isBusy() ? this.checkIdle() : this.end('idle')), idleMs);
  }

  private isBusy(): boolean {
    return this.connections.size > 0 || (this.host?.openTasks() ?? 0) > 0;
  }

  private end(reason: 'idle' | 'stopped' | 'replaced'): void {
    if (this.ending) return;
    this.ending = true;
    clearTimeout(this.idleTimer);
    this.options.onEnd(reason);
  }

  private accept(socket: Socket): void {
    const connection: RpcConnection = new RpcConnection(socket, this.handlersOf());
    this.connections.add(connection);
    socket.once('close', () => {
      this.connections.delete(connection);
      this.checkIdle();
    });
  }

  /** A connection says hello first; until then it may only ask for status or stop. */
  private handlersOf(): Handlers {
    let verdict: HelloVerdict | undefined;
    return (method) => {
      if (method === 'hello') {
        return async (params) => {
          const answer = this.hello(await this.opened(), params as HelloRequest);
          verdict = answer.verdict;
          return answer;
        };
      }
      if (method === 'environment') return async (params) => (await this.ready).learn(params as Record<string, string>);
      if (method === 'status') return async () => this.status(await this.opened());
      if (method === 'stop') return async () => this.end('stopped');
      if (!isOperation(method)) return undefined;
      return async (params, context) => {
        if (verdict === undefined)
          throw new DispatchError('AD_DISPATCHER_INCOMPATIBLE', 'the connection has not said hello');
        const host = await this.ready;
        this.underWay += 1;
        try {
          return await operate(host, method, params, context);
        } finally {
          this.underWay -= 1;
        }
      };
    };
  }

  /** Errors: that it takes longer. Whoever asks learns at least that this process is alive. */
  private async opened(): Promise<ServedHost> {
    if (this.host) return this.host;
    const host = await Promise.race([this.ready, sleep(OPENING_MS, undefined, { ref: false })]);
    if (host === undefined) throw stillOpening();
    return host;
  }

  private hello(host: ServedHost, request: HelloRequest): HelloAnswer {
    const { version, configDigest } = host;
    const isIdle = host.openTasks() === 0 && this.underWay === 0;
    const verdict = judgeHello({ version, configDigest, isIdle }, request);
    this.options.logger.info('front door connected', { client: request.client, version: request.version, verdict });
    if (verdict === 'replaced') setImmediate(() => this.end('replaced'));
    return { protocol: PROTOCOL, version, stateSchema: STATE_SCHEMA, verdict, wants: host.wants() };
  }

  private status(host: ServedHost): DispatcherStatus {
    const { version, configDigest, stateDir } = host;
    const clients = this.connections.size - 1;
    return {
      pid: process.pid,
      version,
      configDigest,
      stateDir,
      startedAt: this.startedAt,
      openTasks: host.openTasks(),
      clients,
    };
  }
}

/**
 * Who connects to the socket is the user of this account, whose files hold the tasks anyway: the boundary of trust is that
 * directory and socket are its alone. `caller` is believed, because a front door that serves others has asked who they are.
 */
async function operate(
  { controlPlane }: ServedHost,
  operation: Operation,
  params: unknown,
  { signal }: CallContext,
): Promise<unknown> {
  const { input, caller, consent } = params as { input: never } & Pick<CallOptions, 'caller' | 'consent'>;
  return await controlPlane[operation](input, { ...(caller && { caller }), ...(consent && { consent }), signal });
}
