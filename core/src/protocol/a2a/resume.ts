// Finds the agent's task again, in a fresh process or after a broken connection, and follows it from the cursor.
import type { Handle } from '@agent-dispatch/schemas';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import { invocationIdOf } from '../worker/task.js';
import { Agent } from './agent.js';
import { readCard } from './card.js';
import { type Conversation, contextIdOf, messageIdOf, readConversation, withConversation } from './conversation.js';
import { bootIdIn } from './extension.js';
import { failed, interrupted, isTaskUnknown, isTooLarge, unknown } from './faults.js';
import { followedTask } from './followed.js';
import { Following } from './following.js';
import type { A2aLimits } from './limits.js';
import { Listener } from './listener.js';
import { refusalDetail } from './refusal.js';

type Known = Conversation & { readonly taskId: string };
interface Found {
  readonly agent: Agent;
  readonly conversation: Known;
}

/** Errors: without a code, when the agent cannot be reached. */
export async function* resume(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  limits: A2aLimits,
): AsyncGenerator<DriverEvent, void, void> {
  try {
    const found = await find(channel, handle, context, limits);
    if (found === undefined) {
      yield unknown('The agent has not named its task, and does not show one that is ours.', context);
    } else if (context.agent === 'worker') {
      yield* again(channel, handle, context, { ...found, limits });
    } else {
      yield* anew(channel, handle, context, { ...found, limits });
    }
  } catch (error) {
    if (context.signal.aborted) return;
    if (isTaskUnknown(error)) yield absent(error, handle, context);
    else if (isTooLarge(error)) yield failed(error, context);
    else throw interrupted(error, context);
  }
}

export const ANOTHER_MACHINE = 'Another machine answers than the one that was asked to run the task.';

/** Our worker says on which machine the task is not known: where that is the one that was to run it, no start has landed. */
function absent(error: unknown, handle: Handle, context: DriverContext): DriverEvent {
  const asked = readConversation(handle)?.bootId;
  const answered = refusalDetail(error, 'bootId');
  if (asked === undefined || answered === undefined) return unknown('The agent does not know the task.', context);
  if (asked !== answered) return unknown(ANOTHER_MACHINE, context);
  if (context.cursor !== undefined) return unknown('The worker keeps nothing of the task any more.', context);
  return {
    type: 'not_started',
    proof: 'The machine that was to run the task answers, and nothing of it has come there.',
  };
}

/** The task's name, and a way to ask for it. */
async function find(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  limits: A2aLimits,
): Promise<Found | undefined> {
  const known = readConversation(handle);
  if (known !== undefined) {
    const { taskId } = known;
    const agent = new Agent(channel, { ...known, limits });
    return taskId === undefined ? undefined : { agent, conversation: { ...known, taskId } };
  }
  const facts = await readCard(channel, context);
  const { versions: [version = '1.0'] = [], tenant = '', streaming = true } = facts ?? {};
  const agent = new Agent(channel, { version, tenant, limits });
  const contextId = contextIdOf(context);
  const taskId = context.agent === 'worker' ? invocationIdOf(context) : await listed(agent, contextId, context);
  return taskId === undefined ? undefined : { agent, conversation: { version, tenant, streaming, contextId, taskId } };
}

/** The task that our first message has begun, among those of its context. */
async function listed(agent: Agent, contextId: string, context: DriverContext): Promise<string | undefined> {
  await context.pace();
  const tasks = await agent.tasksOf(contextId, context);
  const ours = messageIdOf(context);
  const mine = tasks.find(({ history }) => history.some(({ messageId }) => messageId === ours));
  if (mine !== undefined) return mine.id;
  // A context that we have named holds nothing else.
  return context.continued === undefined && tasks.length === 1 ? tasks[0]?.id : undefined;
}

/** Of another agent: by a snapshot of what its task shows. */
async function* anew(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  { agent, conversation, limits }: Found & { limits: A2aLimits },
): AsyncGenerator<DriverEvent, void, void> {
  const followed = followedTask({ channel, context, limits, agent, conversation });
  await context.pace();
  const task = await agent.task(conversation.taskId, context);
  yield { type: 'attached' };
  if (handle.conversation === undefined) yield { type: 'handle', handle: withConversation(handle, conversation) };
  yield* followed.reader.snapshot(task, context.cursor !== undefined);
  if (!followed.reader.ended) yield* new Following(followed, context).run();
}

/** Of our worker: by what comes after the last event that was told. */
async function* again(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  { agent, conversation, limits }: Found & { limits: A2aLimits },
): AsyncGenerator<DriverEvent, void, void> {
  const followed = followedTask({ channel, context, limits, agent, conversation });
  const { subscribe, answerSeconds } = followed;
  if (subscribe === undefined) throw new TypeError('our worker can always be subscribed to');
  await context.pace();
  const listener = new Listener(subscribe, context, answerSeconds);
  try {
    const first = await listener.next();
    if (first?.event.payload?.$case !== 'task') throw new Error('the worker did not answer with its task');
    const bootId = bootIdIn(first.event.payload.value.metadata);
    if (conversation.bootId !== undefined && bootId !== conversation.bootId) {
      return yield unknown(ANOTHER_MACHINE, context);
    }
    yield { type: 'attached' };
    if (handle.conversation === undefined) {
      yield {
        type: 'handle',
        handle: withConversation(handle, { ...conversation, ...(bootId !== undefined && { bootId }) }),
      };
    }
    yield* new Following(followed, context).run(listener);
  } finally {
    await listener.close();
  }
}
