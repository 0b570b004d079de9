// AgentDispatch's worker behind AG-UI: the same calls as over plain HTTP, each carried in the `forwardedProps` of a run, and
// its answer in the run's custom events. What the calls mean, and how a run is followed by them, is read in ../http/worker.
import type { RunAgentInput } from '@ag-ui/core';
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { Channel, DriverContext } from '../../provider/index.js';
import { mediaType } from '../http/answer.js';
import { AnswerBody } from '../http/body.js';
import { readEvents } from '../http/messages.js';
import { noWorker, parsed } from '../http/worker/calls.js';
import { idOf } from './conversation.js';
import type { AgUiLimits } from './limits.js';
import { PROTOCOL_VERSION, RUN_PATH, runRequest } from './run-input.js';

/** A channel for the calls of ../http/worker. */
export function workerChannel(channel: Channel, context: DriverContext, limits: AgUiLimits): Channel {
  const { answerSeconds, ownSecrets } = channel;
  return {
    ...(answerSeconds !== undefined && { answerSeconds }),
    ...(ownSecrets && { ownSecrets }),
    async fetch(_path, { body, signal }) {
      const input = runWith(context, JSON.parse(String(body)) as unknown);
      const response = await channel.fetch(RUN_PATH, runRequest(input, signal));
      if (!response.ok || mediaType(response) !== 'text/event-stream') return response;
      return await unpacked(new AnswerBody(response, signal), limits);
    },
  };
}

const runWith = (context: DriverContext, call: unknown): RunAgentInput => ({
  threadId: idOf(context, 'thread'),
  runId: idOf(context, 'run', 1),
  protocolVersion: PROTOCOL_VERSION,
  state: {},
  messages: [],
  tools: [],
  context: [],
  forwardedProps: call,
});

/** How each kind of answer reads over plain HTTP. */
const KINDS = {
  'agentdispatch.event': { type: 'application/x-ndjson', write: (value: unknown) => `${JSON.stringify(value)}\n` },
  'agentdispatch.answer': { type: 'application/json', write: (value: unknown) => JSON.stringify(value) },
  'agentdispatch.bytes': {
    type: 'application/octet-stream',
    write: (value: unknown) => Buffer.from(String(value), 'base64'),
  },
} as const;

type Kind = (typeof KINDS)[keyof typeof KINDS];
interface Part {
  readonly kind: Kind | undefined;
  readonly bytes: Uint8Array;
}

/** The answer as it would have come over plain HTTP. */
async function unpacked(body: AnswerBody, limits: AgUiLimits): Promise<Response> {
  const parts = partsIn(readEvents(body.text(limits.streamBytes), limits));
  try {
    const first = await parts.next();
    const kind = first.done === true ? KINDS['agentdispatch.event'] : first.value.kind;
    if (kind === undefined) throw noWorker('a sign of life before its answer');
    const headers = { 'content-type': kind.type };
    return new Response(streamOf(first.done === true ? undefined : first.value, parts, body), { headers });
  } catch (error) {
    body.close();
    throw error;
  }
}

function streamOf(first: Part | undefined, parts: AsyncGenerator<Part>, body: AnswerBody): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (first) controller.enqueue(first.bytes);
      },
      async pull(controller) {
        const next = await parts.next();
        if (next.done !== true && (next.value.kind ?? first?.kind) !== first?.kind)
          throw noWorker('an answer of two kinds');
        if (next.done === true) controller.close();
        else controller.enqueue(next.value.bytes);
      },
      // Not by the parts' own end: they wait for the next event.
      cancel: () => body.close(),
    },
    { highWaterMark: 0 },
  );
}

/** Errors: AD_PROTOCOL_RESPONSE, AD_PROTOCOL_AGENT_ERROR; what breaks the connection. */
async function* partsIn(messages: AsyncIterable<string>): AsyncGenerator<Part, void> {
  for await (const message of messages) {
    const event = parsed(message);
    if (!isRecord(event)) throw noWorker('an event that is no object');
    const { type, name, value } = event;
    if (type === 'RUN_FINISHED') return;
    if (type === 'RUN_ERROR') throw failure(event);
    if (type !== 'CUSTOM' || typeof name !== 'string') continue;
    if (name === 'agentdispatch.alive') yield { kind: undefined, bytes: Buffer.from('\n') };
    if (!Object.hasOwn(KINDS, name)) continue;
    const kind = KINDS[name as keyof typeof KINDS];
    yield { kind, bytes: Buffer.from(kind.write(value)) };
  }
}

const failure = ({ message }: Record<string, unknown>): DispatchError =>
  new DispatchError('AD_PROTOCOL_AGENT_ERROR', `The agent failed to answer: ${String(message).slice(0, 2000)}`, {
    details: { ambiguous: true },
  });
