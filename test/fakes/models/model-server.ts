// A model behind the HTTP APIs that agents call, on a port of the loopback interface. It keeps what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { conversationOfMessages, messageEvents, messagesError, type MessagesRequest } from './anthropic.js';
import { conversationOfResponses, responseEvents, responsesError, type ResponsesRequest } from './responses.js';
import { turnOf, type Conversation, type Turn } from './script.js';

export interface Asked {
  readonly path: string;
  readonly conversation: Conversation;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

export interface ModelServer {
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** @param onAsked is told of each request as it comes. */
export async function startModelServer(
  port = 0,
  onAsked: (asked: Asked) => void = () => undefined,
): Promise<ModelServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    answer(request, response, (one) => {
      asked.push(one);
      onAsked(one);
    }).catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}

async function answer(request: IncomingMessage, response: ServerResponse, note: (asked: Asked) => void): Promise<void> {
  const body = await text(request);
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const api = request.method === 'POST' ? apiOf(path, body) : undefined;
  if (!api) {
    reply(response, request.method === 'HEAD' ? 200 : 404, { error: { type: 'not_found_error', message: path } });
    return;
  }
  note({ path, conversation: api.conversation, body, headers: request.headers });
  const turn = turnOf(api.conversation);
  if (turn.kind === 'fail') return reply(response, turn.status, api.error(turn.status));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of api.events(turn)) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  // Whoever hangs keeps its connection until the other side gives up.
  if (turn.kind !== 'hang') response.end();
}

interface Api {
  readonly conversation: Conversation;
  events(turn: Turn): Iterable<{ type: string }>;
  error(status: number): object;
}

function apiOf(path: string, body: string): Api | undefined {
  if (path.endsWith('/messages')) {
    const conversation = conversationOfMessages(JSON.parse(body) as MessagesRequest);
    return { conversation, events: (turn) => messageEvents(turn, conversation.model), error: messagesError };
  }
  if (path.endsWith('/responses')) {
    const conversation = conversationOfResponses(JSON.parse(body) as ResponsesRequest);
    return { conversation, events: responseEvents, error: responsesError };
  }
  return undefined;
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
