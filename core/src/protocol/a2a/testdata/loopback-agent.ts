// A real HTTP server on loopback that stands for an A2A agent: each call of JSON-RPC is answered as the test says, whole, by
// events, or by whatever else may come out of a socket.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Channel } from '../../../provider/index.js';

type Json = Record<string, unknown>;

export interface ReceivedCall {
  readonly id: unknown;
  readonly method: string;
  readonly params: Json;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** How a call is answered. */
export type Answer = (response: ServerResponse, call: ReceivedCall) => void | Promise<void>;

export interface LoopbackAgent {
  readonly channel: Channel;
  /** Calls in order, by method. */
  readonly calls: readonly ReceivedCall[];
  /** Every request, as `METHOD path`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** @param answers of each method one after the other, the last one for all that follow; a call without one is a JSON-RPC error. */
export async function startLoopbackAgent(options: {
  card?: unknown;
  answers: Readonly<Record<string, Answer | readonly Answer[]>>;
}): Promise<LoopbackAgent> {
  const calls: ReceivedCall[] = [];
  const requests: string[] = [];
  const answerTo = (call: ReceivedCall): Answer => {
    const all = [options.answers[call.method] ?? rpcError(-32601, 'Method not found')].flat();
    const before = calls.filter(({ method }) => method === call.method).length;
    return all[Math.min(before, all.length) - 1] ?? rpcError(-32603, 'no answer left');
  };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.method === 'GET') {
      if (options.card === undefined) return void response.writeHead(404).end();
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(options.card));
    }
    void text(request).then(async (body) => {
      const { id, method, params } = JSON.parse(body) as Omit<ReceivedCall, 'headers'>;
      const call = { id, method, params, headers: request.headers };
      calls.push(call);
      await answerTo(call)(response, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    channel: { fetch: (path, request) => fetch(`http://127.0.0.1:${port}${path}`, request) },
    calls,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const rpcResult =
  (result: unknown): Answer =>
  (response, { id }) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  };

export const rpcError =
  (code: number, message: string, data?: unknown): Answer =>
  (response, { id }) => {
    const answer = { jsonrpc: '2.0', id, error: { code, message, ...(data !== undefined && { data }) } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };

/** Whatever an answer's body may be. */
export const raw =
  (status: number, type: string, body: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  };

type StreamEnd = 'end' | 'break' | 'stay';

/** Events, each flushed, and then: the end of the answer, a broken connection, or nothing any more. */
export const stream =
  (events: readonly unknown[], then: StreamEnd = 'end'): Answer =>
  async (response, { id }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const result of events) {
      const data = `data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`;
      await new Promise<void>((resolve) => response.write(data, () => resolve()));
    }
    if (then === 'end') response.end();
    // What was written must have left before the connection goes.
    if (then === 'break') setImmediate(() => response.destroy());
  };

export const hangUp: Answer = (response) => void response.destroy();
