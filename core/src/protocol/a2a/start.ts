// Begins work by one message and follows the task that the agent makes of it.
import { isDeepStrictEqual } from 'node:util';
import type { Handle } from '@agent-dispatch/schemas';
import { DispatchError, toDispatchError } from '../../errors/index.js';
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
  const facts = await readCard(channel, context);
  let kept = known;
  if (context.agent === 'worker') {
    // It is told secrets that are not for others.
    if (facts !== undefined && facts.bootId === undefined) throw noWorker();
    if (known !== undefined && facts === undefined) return yield* resume(channel, handle, context, limits);
    if (known !== undefined && known.bootId !== facts?.bootId) return yield unknown(ANOTHER_MACHINE, context);
    // Kept before anything is sent: a repetition on another machine would be a second run.
    kept ??= facts && expected(facts, context);
    if (kept !== undefined && known === undefined) yield { type: 'handle', handle: withConversation(handle, kept) };
  }
  const begun = await sent(channel, context, message, { facts, limits });
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

/** What the worker's first answer will say, as far as its card tells. */
const expected = ({ versions, tenant, bootId }: CardFacts, context: DriverContext): Conversation => ({
  version: versions[0] ?? '1.0',
  tenant,
  streaming: true,
  contextId: contextIdOf(context),
  taskId: invocationIdOf(context),
  ...(bootId !== undefined && { bootId }),
});

/** Errors: a coded one that is certain that nothing was begun. */
async function sent(
  channel: Channel,
  context: DriverContext,
  message: Beginning,
  { facts, limits }: { facts: CardFacts | undefined; limits: A2aLimits },
): Promise<Begun | DriverEvent> {
  const pauses = new Pauses(context);
  for (let sending = 1; ; sending += 1) {
    try {
      return await begin(channel, context, message, { facts, limits });
    } catch (error) {
      if (context.signal.aborted) return unknown(`${SENT}, and following it was aborted.`, context);
      // A worker that names itself answers as agreed: what is no such answer is of something on the way.
      const isOfOthers = facts?.bootId !== undefined && (isBroken(error) || isServerError(error));
      const known = refusalIn(error) ?? (isOfOthers ? undefined : certain(error, context));
      if (known !== undefined) throw known;
      const lost = unknown(`${SENT}, and no answer was seen: ${toDispatchError(error).message}`, context);
      // Another machine would not know of it and would begin it again.
      if (context.agent !== 'worker' || facts?.bootId === undefined || sending >= MAX_SENDINGS) return lost;
      await pauses.next(false);
      if ((await readCard(channel, context))?.bootId !== facts.bootId) return lost;
    }
  }
}

const SENT = 'The task was sent to the agent';

/** The worker's tasks have the names that it was told, and say on which machine they run. */
const isOurs = ({ taskId, bootId }: Conversation, context: DriverContext): boolean =>
  taskId === invocationIdOf(context) && bootId !== undefined;

const noWorker = (): DispatchError =>
  new DispatchError('AD_PROTOCOL_RESPONSE', "The agent is not AgentDispatch's worker, as its target says.", {
    hint: "Check that AgentDispatch's worker runs there, of a version that fits this host, or choose another target.",
  });
