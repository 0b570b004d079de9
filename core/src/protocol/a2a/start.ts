// Begins work by one message and follows the task that the agent makes of it.
import { isDeepStrictEqual } from 'node:util';
import type { Handle } from '@agent-dispatch/schemas';
import { toDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import { invocationIdOf } from '../worker/task.js';
import { type Beginning, begin, beginning, type Begun } from './begin.js';
import { type CardFacts, readCard } from './card.js';
import { type Conversation, contextIdOf, readConversation, withConversation } from './conversation.js';
import { certain, failed, isBroken, isServerError, unknown } from './faults.js';
import { conversationIn } from './first-answer.js';
import { followedTask } from './followed.js';
import { Following } from './following.js';
import type { A2aLimits } from './limits.js';
import { Pauses } from './pauses.js';
import { refusalIn } from './refusal.js';
import { ANOTHER_MACHINE, resume } from './resume.js';
import { noWorker, type WorkerFacts, workerThatAnswers } from './who-answers.js';

/** Sendings to our worker, which knows the message again. */
const MAX_SENDINGS = 3;

export async function* start(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  limits: A2aLimits,
): AsyncGenerator<DriverEvent, void, void> {
  const known = readConversation(handle);
  // A repetition by a host that had heard of the agent's task: it is there, or it is lost.
  if (context.agent !== 'worker' && known?.taskId !== undefined) return yield* resume(channel, handle, context, limits);
  const message = await beginning(channel, context);
  let kept = known;
  let facts: CardFacts | undefined;
  if (context.agent === 'worker') {
    const worker = await workerThatAnswers(channel, context, limits);
    facts = worker;
    if (known !== undefined && known.bootId !== worker.bootId) return yield unknown(ANOTHER_MACHINE, context);
    // Kept before anything is sent: a repetition on another machine would be a second run.
    kept ??= expected(worker, context);
    if (known === undefined) yield { type: 'handle', handle: withConversation(handle, kept) };
  } else {
    facts = await readCard(channel, context);
  }
  const begun = await sent(channel, context, message, { facts, limits, isRepeated: known !== undefined });
  if (!('agent' in begun)) return yield begun;
  const conversation = conversationIn(begun, context);
  if (context.agent === 'worker' && !isOurs(conversation, context)) {
    await begun.listener?.close();
    return yield failed(noWorker(), context);
  }
  const followed = followedTask({ channel, context, limits, agent: begun.agent, conversation });
  try {
    // Whoever is told may take no more: the answer is closed then, too.
    if (!isDeepStrictEqual(kept, conversation)) {
      yield { type: 'handle', handle: withConversation(handle, conversation) };
    }
    yield { type: 'attached' };
    for (const event of followed.reader.read(begun.first)) yield event;
    if (followed.reader.ended) return;
    if (conversation.taskId === undefined) {
      return yield unknown('The agent answered with an event that names no task.', context);
    }
    yield* new Following(followed, context).run(begun.listener);
  } catch (error) {
    if (!isBroken(error)) throw error;
    yield failed(error, context);
  } finally {
    await begun.listener?.close();
  }
}

/** What the worker's first answer will say. */
const expected = ({ versions, tenant, bootId }: WorkerFacts, context: DriverContext): Conversation => ({
  version: versions[0] ?? '1.0',
  tenant,
  streaming: true,
  contextId: contextIdOf(context),
  taskId: invocationIdOf(context),
  bootId,
});

interface Sending {
  readonly facts: CardFacts | undefined;
  readonly limits: A2aLimits;
  /** Another process may have sent it before. */
  readonly isRepeated: boolean;
}

/** Errors: a coded one that is certain that nothing was begun. */
async function sent(
  channel: Channel,
  context: DriverContext,
  message: Beginning,
  { facts, limits, isRepeated }: Sending,
): Promise<Begun | DriverEvent> {
  const pauses = new Pauses(context);
  for (let sending = 1; ; sending += 1) {
    try {
      const begun = await begin(channel, context, message, { facts, limits });
      const isElsewhere = facts?.bootId !== undefined && bootIdOf(begun, context) !== facts.bootId;
      if (!isElsewhere || (sending === 1 && !isRepeated)) return begun;
      // The machine that was asked before may have begun it, too.
      await begun.listener?.close();
      return unknown(ANOTHER_MACHINE, context);
    } catch (error) {
      if (context.signal.aborted) return unknown(`${SENT}, and following it was aborted.`, context);
      // A worker that names itself answers as agreed: what is no such answer is of something on the way.
      const isOfOthers = facts?.bootId !== undefined && (isBroken(error) || isServerError(error));
      const known = refusalIn(error) ?? (isOfOthers ? undefined : certain(error, context));
      // However certain this answer is: it says nothing of what was sent before.
      if (known !== undefined && sending === 1) throw known;
      const lost = unknown(`${SENT}, and no answer was seen: ${toDispatchError(error).message}`, context);
      // Another machine would not know of it and would begin it again.
      if (facts?.bootId === undefined || sending >= MAX_SENDINGS) return lost;
      await pauses.next(false);
      const isSame = await workerThatAnswers(channel, context, limits).then(
        ({ bootId }) => bootId === facts.bootId,
        () => false,
      );
      if (!isSame) return lost;
    }
  }
}

const SENT = 'The task was sent to the agent';

const bootIdOf = (begun: Begun, context: DriverContext): string | undefined => conversationIn(begun, context).bootId;

/** The worker's tasks have the names that it was told, and say on which machine they run. */
const isOurs = ({ taskId, bootId }: Conversation, context: DriverContext): boolean =>
  taskId === invocationIdOf(context) && bootId !== undefined;
