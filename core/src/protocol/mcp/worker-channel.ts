// AgentDispatch's worker behind MCP: the same calls as over plain HTTP, each carried in the arguments of a tool call, and its
// answer in the tool's result or in log messages before it. Without a handshake, and so that only the body counts: clouds pass
// on few headers. What the calls mean, and how a run is followed by them, is read in ../http/worker.
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { Channel, ChannelRequest } from '../../provider/index.js';
import { mediaType } from '../http/answer.js';
import { AnswerBody } from '../http/body.js';
import type { HttpLimits } from '../http/limits.js';
import { readEvents } from '../http/messages.js';
import { noWorker, parsed } from '../http/worker/calls.js';
import { MCP_PATH } from './channel-fetch.js';

/** The revision of MCP in which the worker is called. */
const REVISION = '2025-11-25';
const CALL_ID = 1;

/** A channel for the calls of ../http/worker. */
export function workerChannel({ answerSeconds, ownSecrets, ...channel }: Channel, limits: HttpLimits): Channel {
  return {
    ...(answerSeconds !== undefined && { answerSeconds }),
    ...(ownSecrets && { ownSecrets }),
    async fetch(_path, { body, signal }) {
      const response = await channel.fetch(MCP_PATH, toolCall(JSON.parse(String(body)), signal));
      const type = mediaType(response);
      if (!response.ok || (type !== 'text/event-stream' && type !== 'application/json')) return response;
      const answer = new AnswerBody(response, signal);
      const messages = type === 'application/json' ? whole(answer, limits) : eventsOf(answer, limits);
      return await unpacked(partsIn(messages), answer);
    },
  };
}

const toolCall = (call: unknown, signal: AbortSignal): ChannelRequest => ({
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': REVISION,
  },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: CALL_ID,
    method: 'tools/call',
    params: { name: 'agentdispatch', arguments: call },
  }),
  signal,
});

const eventsOf = (answer: AnswerBody, limits: HttpLimits): AsyncGenerator<string> =>
  readEvents(answer.text(limits.streamBytes), limits);

async function* whole(answer: AnswerBody, limits: HttpLimits): AsyncGenerator<string> {
  let text = '';
  for await (const part of answer.text(limits.eventCharacters)) text += part;
  yield text;
}

/** Media types of plain HTTP. A sign of life has none. */
type Kind = 'application/x-ndjson' | 'application/json' | 'application/octet-stream';
interface Part {
  readonly kind: Kind | undefined;
  readonly bytes: Uint8Array;
}

/** Errors: AD_PROTOCOL_RESPONSE, AD_PROTOCOL_AGENT_ERROR; what breaks the connection. */
async function* partsIn(messages: AsyncIterable<string>): AsyncGenerator<Part, void> {
  for await (const text of messages) {
    const message = parsed(text);
    if (!isRecord(message) || message['jsonrpc'] !== '2.0') throw noWorker('something that is not of MCP');
    if (message['method'] === 'notifications/message') yield* eventIn(message['params']);
    if (message['method'] !== undefined) continue;
    if (isRecord(message['error'])) throw failure(message['error']['message']);
    if (message['id'] !== CALL_ID || !isRecord(message['result'])) throw noWorker('an answer to another call');
    yield* answerIn(message['result']);
    return;
  }
}

function* eventIn(params: unknown): Generator<Part, void> {
  if (!isRecord(params)) return;
  const { logger, data } = params;
  if (logger === 'agentdispatch.alive') yield { kind: undefined, bytes: Buffer.from('\n') };
  if (logger === 'agentdispatch.event') yield { kind: 'application/x-ndjson', bytes: bytesOf(data, '\n') };
}

/** After events there is nothing in it. */
function* answerIn({ isError, structuredContent, content }: Record<string, unknown>): Generator<Part, void> {
  const [first] = Array.isArray(content) ? (content as unknown[]) : [];
  if (isError === true) throw failure(isRecord(first) ? first['text'] : undefined);
  if (structuredContent !== undefined) yield { kind: 'application/json', bytes: bytesOf(structuredContent) };
  const resource = isRecord(first) && first['type'] === 'resource' ? first['resource'] : undefined;
  if (!isRecord(resource)) return;
  yield { kind: 'application/octet-stream', bytes: Buffer.from(String(resource['blob']), 'base64') };
}

const bytesOf = (value: unknown, end = ''): Buffer => Buffer.from(`${JSON.stringify(value ?? null)}${end}`);

/** The answer as it would have come over plain HTTP. */
async function unpacked(parts: AsyncGenerator<Part, void>, answer: AnswerBody): Promise<Response> {
  try {
    const first = await parts.next();
    const kind = first.done === true ? 'application/x-ndjson' : first.value.kind;
    if (kind === undefined) throw noWorker('a sign of life before its answer');
    const body = streamOf(first.done === true ? undefined : first.value.bytes, kind, { parts, answer });
    return new Response(body, { headers: { 'content-type': kind } });
  } catch (error) {
    answer.close();
    throw error;
  }
}

function streamOf(
  first: Uint8Array | undefined,
  kind: Kind,
  { parts, answer }: { parts: AsyncGenerator<Part, void>; answer: AnswerBody },
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (first && first.length > 0) controller.enqueue(first);
      },
      async pull(controller) {
        const next = await parts.next();
        if (next.done === true) return controller.close();
        if ((next.value.kind ?? kind) !== kind) throw noWorker('an answer of two kinds');
        controller.enqueue(next.value.bytes);
      },
      // Not by the parts' own end: they wait for the next message.
      cancel: () => answer.close(),
    },
    { highWaterMark: 0 },
  );
}

const failure = (message: unknown): DispatchError =>
  new DispatchError('AD_PROTOCOL_AGENT_ERROR', `The agent failed to answer: ${String(message).slice(0, 2000)}`, {
    details: { ambiguous: true },
  });
