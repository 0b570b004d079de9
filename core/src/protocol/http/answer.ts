// Follows the agent's answer to its end, by its content type: event stream, lines of JSON, one JSON document, or plain text.
import { DispatchError } from '../../errors/index.js';
import type { DriverEvent, DriverResult } from '../../provider/index.js';
import type { AnswerBody } from './body.js';
import type { HttpLimits } from './limits.js';
import { readEvents, readLines } from './messages.js';
import { type Payload, readPayload, readValue } from './payload.js';
import { logParts, Transcript } from './transcript.js';

type Follow = (body: AnswerBody, limits: HttpLimits) => AsyncGenerator<DriverEvent>;

/**
 * Yields the answer as it comes, then `ended`.
 * Errors: AD_PROTOCOL_AGENT_ERROR, AD_PROTOCOL_RESPONSE, AD_PROTOCOL_TOO_LARGE; any other error is the connection's.
 */
export async function* followAnswer(
  response: Response,
  body: AnswerBody,
  limits: HttpLimits,
): AsyncGenerator<DriverEvent> {
  if (!response.ok) throw refusal(response.status, await body.excerpt(limits.excerptBytes));
  const follow = followerFor(mediaType(response));
  yield { type: 'attached' };
  yield* follow(body, limits);
}

export function refusal(status: number, excerpt: string): DispatchError {
  const said = excerpt === '' ? '.' : `: ${excerpt}`;
  // Redirections are not followed: the channel's address is pinned.
  const code = status < 400 ? 'AD_PROTOCOL_RESPONSE' : 'AD_PROTOCOL_AGENT_ERROR';
  return new DispatchError(code, `The agent answered with HTTP status ${status}${said}`, { details: { status } });
}

export function mediaType(response: Response): string {
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

function followerFor(type: string): Follow {
  if (type === 'text/event-stream') return followEvents;
  if (/^application\/(x-)?(ndjson|jsonl|jsonlines)$/.test(type)) return followLines;
  if (/^application\/(.+\+)?json$/.test(type)) return followDocument;
  // Agents that do not say what they send are given the type of raw bytes on the way.
  if (type === '' || type === 'application/octet-stream' || type.startsWith('text/')) return followText;
  throw new DispatchError(
    'AD_PROTOCOL_RESPONSE',
    `The agent answered with the content type ${type}, which is no text.`,
  );
}

const followEvents: Follow = (body, limits) =>
  followMessages(readEvents(body.text(limits.streamBytes), limits), readPayload, limits);

const followLines: Follow = (body, limits) =>
  followMessages(readLines(body.text(limits.streamBytes), limits), (line) => readValue(parseJson(line)), limits);

const followText: Follow = (body, limits) =>
  followMessages(body.text(limits.streamBytes), (text) => ({ text, form: 'piece' }), limits);

async function* followMessages(
  messages: AsyncIterable<string>,
  read: (message: string) => Payload,
  limits: HttpLimits,
): AsyncGenerator<DriverEvent> {
  const transcript = new Transcript(limits);
  for await (const message of messages) yield* logged(transcript.add(read(message)));
  if (transcript.error !== undefined) {
    throw new DispatchError('AD_PROTOCOL_AGENT_ERROR', transcript.error.slice(0, limits.excerptBytes));
  }
  yield succeeded(transcript.result);
}

async function* followDocument(body: AnswerBody, limits: HttpLimits): AsyncGenerator<DriverEvent> {
  let document = '';
  for await (const part of body.text(limits.jsonBytes)) document += part;
  const json = parseJson(document);
  yield* logged(new Transcript(limits).add(readValue(json)));
  yield succeeded({ json });
}

function* logged(text: string): Generator<DriverEvent> {
  for (const part of logParts(text)) yield { type: 'log', stream: 'agent', text: part };
}

function succeeded(result: DriverResult | undefined): DriverEvent {
  return { type: 'ended', outcome: 'succeeded', ...(result && { result }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The agent announced JSON and sent something else.', { cause });
  }
}
