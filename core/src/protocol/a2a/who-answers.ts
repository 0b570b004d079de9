// How the agent is spoken to, and of our worker which machine answers: by its card, and where that cannot be had by a question
// after the run, which begins nothing.
import { DispatchError, isDispatchError, toDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext } from '../../provider/index.js';
import { invocationIdOf } from '../worker/task.js';
import { Agent } from './agent.js';
import { type CardFacts, readCard } from './card.js';
import { bootIdIn } from './extension.js';
import { RpcError } from './json-rpc.js';
import type { A2aLimits } from './limits.js';
import { refusalDetail } from './refusal.js';

export type WorkerFacts = CardFacts & { readonly bootId: string };

/**
 * Who is no worker of ours is told nothing: it gets secrets that are not for others.
 * Errors: AD_PROTOCOL_RESPONSE when it is none; AD_PROVIDER_UNAVAILABLE, the channel's own. Nothing was begun.
 */
export async function workerThatAnswers(
  channel: Channel,
  context: DriverContext,
  limits: A2aLimits,
): Promise<WorkerFacts> {
  const facts = await readCard(channel, context);
  const bootId = facts === undefined ? await askedOf(channel, context, limits) : facts.bootId;
  if (bootId === undefined) throw noWorker();
  return { versions: ['1.0'], streaming: true, tenant: '', ...facts, bootId };
}

export const noWorker = (): DispatchError =>
  new DispatchError('AD_PROTOCOL_RESPONSE', "The agent is not AgentDispatch's worker, as its target says.", {
    hint: "Check that AgentDispatch's worker runs there, of a version that fits this host, or choose another target.",
  });

/** The worker says so with the run, and as well where it knows of none. */
async function askedOf(channel: Channel, context: DriverContext, limits: A2aLimits): Promise<string | undefined> {
  const agent = new Agent(channel, { version: '1.0', tenant: '', limits });
  try {
    return bootIdIn((await agent.task(invocationIdOf(context), context)).metadata);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof RpcError) return refusalDetail(error, 'bootId');
    if (isDispatchError(error) && error.details?.['ambiguous'] !== true) throw error;
    const { message } = toDispatchError(error);
    throw new DispatchError('AD_PROVIDER_UNAVAILABLE', `The agent does not answer: ${message}`, { cause: error });
  }
}
