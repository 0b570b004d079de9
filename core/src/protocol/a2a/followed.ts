// How the events of one task are asked for and read: those of our worker by their numbers, those of another agent as they are.
import type { Channel, DriverContext } from '../../provider/index.js';
import type { Agent } from './agent.js';
import type { Conversation } from './conversation.js';
import { followMetadata } from './extension.js';
import type { Followed } from './following.js';
import type { A2aLimits } from './limits.js';
import { Reader } from './reader.js';
import { WorkerReader } from './worker-reader.js';

interface Options {
  readonly channel: Channel;
  readonly context: DriverContext;
  readonly limits: A2aLimits;
  readonly agent: Agent;
  readonly conversation: Conversation;
}

export function followedTask({ channel, context, limits, agent, conversation }: Options): Followed {
  const { answerSeconds } = channel;
  const { taskId = '', streaming } = conversation;
  if (context.agent === 'worker') {
    const reader = new WorkerReader(limits, taskId, Number(context.cursor ?? 0));
    const subscribe: Followed['subscribe'] = (signal) =>
      agent.subscribe(taskId, followMetadata(reader.seq, waitSecondsOf(channel)), signal);
    return { reader, subscribe, ...(answerSeconds !== undefined && { answerSeconds }) };
  }
  const reader = new Reader(limits, conversation.taskId, context.cursor);
  const subscribe: Followed['subscribe'] = (signal) => agent.subscribe(taskId, undefined, signal);
  return {
    reader,
    look: () => agent.task(taskId, context),
    ...(streaming && answerSeconds !== 0 && { subscribe }),
    ...(answerSeconds !== undefined && { answerSeconds }),
  };
}

/** How long the worker may stream, where the channel bounds it. It ends its answer before the channel would cut it. */
export const waitSecondsOf = ({ answerSeconds }: Channel): number | undefined =>
  answerSeconds === undefined ? undefined : Math.floor(answerSeconds * 0.8);
