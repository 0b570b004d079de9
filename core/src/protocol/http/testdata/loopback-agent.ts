// A real HTTP server on loopback that stands for the agent, with a plain channel to it and the context of one attempt.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Handle } from '@agent-dispatch/schemas';
import type { Channel, DriverContext, DriverEvent } from '../../../provider/index.js';

export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface LoopbackAgent {
  readonly channel: Channel;
  readonly received: readonly ReceivedRequest[];
  /** Resolves once a client went away before its answer was complete. */
  readonly clientGone: Promise<void>;
  close(): Promise<void>;
}

export async function startLoopbackAgent(
  answer: (response: ServerResponse) => void | Promise<void>,
): Promise<LoopbackAgent> {
  const received: ReceivedRequest[] = [];
  let gone: () => void;
  const clientGone = new Promise<void>((resolve) => (gone = resolve));
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) gone();
    });
    void text(request).then(async (body) => {
      received.push({ method: request.method, url: request.url, headers: request.headers, body });
      await answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    channel: { fetch: (path, request) => fetch(`http://127.0.0.1:${port}${path}`, request) },
    received,
    clientGone,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers 200 with the parts as separate chunks, each after the one before has been flushed. */
export const answering =
  (contentType: string | undefined, ...parts: (string | Uint8Array)[]) =>
  async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, contentType === undefined ? {} : { 'content-type': contentType });
    for (const part of parts) await new Promise<void>((resolve) => response.write(part, () => resolve()));
    response.end();
  };

export const HANDLE: Handle = { version: 1, data: {}, resources: [] };

export function contextFor(more: Partial<DriverContext> = {}): DriverContext {
  return {
    installationId: 'inst-1',
    taskId: 'task_01',
    attempt: 1,
    account: { name: 'test', provider: 'test', settings: {} },
    deadline: 1_000_000,
    directory: '/nonexistent',
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'test',
      target: { mode: 'session', protocol: 'http' },
      input: { instruction: 'Say hello.' },
      limits: {},
      retry: {},
    },
    signal: new AbortController().signal,
    clock: { now: () => 0, sleep: () => Promise.reject(new Error('nothing sleeps here')) },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    redactor: { text: (text) => text.replaceAll('s3cret', '[redacted]') },
    environment: {},
    secrets: {},
    pace: async () => undefined,
    ...more,
  };
}

export async function collect(events: AsyncIterable<DriverEvent>): Promise<DriverEvent[]> {
  const all: DriverEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Text of all log events, one entry each. */
export const logTexts = (events: readonly DriverEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'log' ? [event.text] : []));
