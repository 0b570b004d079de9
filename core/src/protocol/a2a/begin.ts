// The message with which work begins, and how the version and the manner are found in which an agent takes it.
import type { Channel, DriverContext } from '../../provider/index.js';
import { inlineInputs } from '../worker/inputs.js';
import { workerTask } from '../worker/task.js';
import { Agent } from './agent.js';
import type { CardFacts } from './card.js';
import { contextIdOf, messageIdOf } from './conversation.js';
import type { Outgoing, Version } from './dialect.js';
import { beginMetadata } from './extension.js';
import { isOtherVersion, isUnsupported } from './faults.js';
import { waitSecondsOf } from './followed.js';
import type { A2aLimits } from './limits.js';
import { Listener } from './listener.js';
import type { AgentEvent } from './reader.js';

/** The message, and what goes with it to our worker. */
export interface Beginning {
  readonly message: Outgoing;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * The same for every repetition. The worker is told the whole task; another agent gets the instruction, the context as data and
 * the input files.
 * Errors: those of `inlineInputs`.
 */
export async function beginning(channel: Channel, context: DriverContext): Promise<Beginning> {
  const { taskId, attempt, request } = context;
  const { instruction = '', context: data } = request.input;
  const inputs = await inlineInputs(context);
  const isWorker = context.agent === 'worker';
  const files = isWorker ? [] : inputs;
  const message: Outgoing = {
    messageId: messageIdOf(context),
    contextId: contextIdOf(context),
    parts: [
      { text: instruction },
      ...(data ? [{ data }] : []),
      ...files.map(({ path: filename, text = '', base64 = Buffer.from(text).toString('base64') }) => ({
        base64,
        filename,
      })),
    ],
    metadata: { taskId, attempt },
  };
  return isWorker
    ? { message, metadata: beginMetadata(workerTask(channel, context, inputs), waitSecondsOf(channel)) }
    : { message };
}

/** An agent that took the message. */
export interface Begun {
  readonly agent: Agent;
  /** It can be subscribed to. */
  readonly streaming: boolean;
  readonly first: AgentEvent;
  /** Where it answers by a stream: what comes after the first event. */
  readonly listener?: Listener;
}

interface Manner {
  readonly version: Version;
  readonly isStream: boolean;
}

/** What its card says comes first. Headers and cards may be lost on the way: what it does not say is tried afterwards. */
function manners(facts: CardFacts | undefined, answerSeconds: number | undefined): Manner[] {
  const versions = new Set<Version>([...(facts?.versions ?? []), '1.0', '0.3']);
  const streams = (facts?.streaming ?? true) && answerSeconds !== 0 ? [true, false] : [false];
  return streams.flatMap((isStream) => [...versions].map((version) => ({ version, isStream })));
}

/**
 * Sends the message once with effect: it is sent again in another manner only after an answer which says that it was not taken.
 * Errors: the first of an agent that took it in no manner; otherwise whatever the sending failed with.
 */
export async function begin(
  channel: Channel,
  context: DriverContext,
  { message, metadata }: Beginning,
  { facts, limits }: { facts: CardFacts | undefined; limits: A2aLimits },
): Promise<Begun> {
  let refusal: unknown;
  for (const { version, isStream } of manners(facts, channel.answerSeconds)) {
    const agent = new Agent(channel, { version, tenant: facts?.tenant ?? '', limits });
    try {
      if (!isStream) {
        const first = await agent.send(message, metadata, context.signal);
        return { agent, streaming: facts?.streaming ?? false, first };
      }
      const open = (signal: AbortSignal): AsyncGenerator<AgentEvent, void, void> =>
        agent.stream(message, metadata, signal);
      const listener = new Listener(open, context, channel.answerSeconds);
      const first = await listener.next();
      if (first === undefined) throw new Error('the agent ended its answer before anything was in it');
      return { agent, streaming: true, first, listener };
    } catch (error) {
      if (!isOtherVersion(error) && !isUnsupported(error)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}
