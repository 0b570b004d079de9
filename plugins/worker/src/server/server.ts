// The worker's HTTP server: what every cloud asks is answered here, the rest by the face of the protocol that is on.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Face } from '../faces/face.js';
import { BodyTooLarge, sendJson } from './body.js';
import type { Ping } from './ping.js';
import type { TokenCheck } from './token.js';

export interface ServerOptions {
  readonly face: Face;
  readonly ping: Ping;
  readonly token: TokenCheck;
  /** Called with the first request; no face is asked before it is done. */
  readonly onFirstRequest: () => Promise<void>;
}

/** Answers that are under way when the server closes may take so long to end. */
const CLOSE_MS = 2_000;
const LOOK_MS = 20;

export class WorkerServer {
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answering = new Set<Socket>();
  #isClosing = false;
  #first: Promise<void> | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // Longer than what stands before us keeps a connection: one that we close under its next request looks like a lost answer.
    this.#server.keepAliveTimeout = 75_000;
    this.#server.headersTimeout = 80_000;
  }

  /** Returns the port. Rejects when the address cannot be had. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** The port is given up last: whoever had it next would get requests that are meant for us. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#closeSilent();
    const end = Date.now() + CLOSE_MS;
    while (this.#answering.size > 0 && Date.now() < end) await sleep(LOOK_MS);
    await this.#first?.catch(() => undefined);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Node itself keeps connections open on which no request came yet. */
  #closeSilent(): void {
    for (const socket of this.#sockets) if (!this.#answering.has(socket)) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A connection that breaks is seen by whoever writes to it.
    response.on('error', () => undefined);
    if (this.#isClosing) return void response.writeHead(503, { connection: 'close' }).end();
    this.#answering.add(request.socket);
    response.on('close', () => {
      this.#answering.delete(request.socket);
      if (this.#isClosing) this.#closeSilent();
    });
    try {
      await this.#answer(request, response);
    } catch (error) {
      fail(response, error);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { face, ping, token } = this.#options;
    const path = pathOf(request);
    const prepared = this.#prepare();
    // Awaited below; whoever only wants to know whether we live does not wait.
    prepared.catch(() => undefined);
    if (request.method === 'GET' && path === '/ping') return sendJson(response, 200, ping.answer());
    if (request.method === 'GET' && path === '/readiness') return sendJson(response, 200, { ready: true });
    if (!token.passes(request)) {
      response.setHeader('www-authenticate', 'Bearer');
      return sendJson(response, 401, {
        error: { code: 'unauthorized', message: 'The bearer token is missing or wrong.' },
      });
    }
    if (!face.accepts(request))
      return sendJson(response, 404, { error: { code: 'unknown', message: 'There is nothing here.' } });
    await prepared;
    await face.serve(request, response);
  }

  /** Tried again with the next request when it fails. */
  #prepare(): Promise<void> {
    this.#first ??= this.#options.onFirstRequest().catch((error: unknown) => {
      this.#first = undefined;
      throw error;
    });
    return this.#first;
  }
}

export const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0] ?? '/';

/** Says nothing of what went wrong inside: callers are strangers. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  if (error instanceof BodyTooLarge)
    return sendJson(response, 413, { error: { code: 'invalid', message: error.message } });
  sendJson(response, 500, { error: { code: 'internal', message: 'The worker failed to answer.' } });
}
