// The protocol `http` as AgentDispatch's worker speaks it: the work is started once, by a name that both sides know, and
// followed for as long as it takes, over any number of connections and by any process.
import type { Handle } from '@agent-dispatch/schemas';
import { isDispatchError } from '../../../errors/index.js';
import type { Channel, DriverContext, DriverEvent } from '../../../provider/index.js';
import { measureInputs } from '../../worker/inputs.js';
import type { HttpLimits } from '../limits.js';
import { Beginning } from './begin.js';
import { noWorker, WorkerCalls } from './calls.js';
import { EventStream, longestWait } from './event-stream.js';
import { RunFollower } from './follow.js';
import { lost } from './outcome.js';
import { handleAt, type Place, placeOf } from './place.js';

/** The rules of a driver's `start` hold; safe to repeat after a crash. */
export async function* startRun(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  limits: HttpLimits,
): AsyncGenerator<DriverEvent> {
  const calls = new WorkerCalls(channel, limits);
  const { invocationId, bootId: known } = placeOf(handle, context);
  const inputs = await measureInputs(context);
  const beginning = new Beginning(calls, invocationId, context);
  const machine = await beginning.machine();
  if (known !== undefined && known !== machine.bootId) {
    yield lost('another machine answers since it was begun');
    return;
  }
  // Before the start is sent: whoever finds another machine there later knows that this one may have had it.
  yield* named(handle, invocationId, machine.bootId);
  const bootId = machine.hasRun ? machine.bootId : await beginning.on(machine, inputs);
  if (typeof bootId !== 'string') {
    yield bootId;
    return;
  }
  if (known !== undefined && known !== bootId) {
    yield lost('another machine was started than the one that an earlier start may have reached');
    return;
  }
  if (bootId !== machine.bootId) yield* named(handle, invocationId, bootId);
  yield { type: 'attached' };
  yield* new RunFollower(calls, { invocationId, bootId, after: 0 }, context).events();
}

/** The rules of a driver's `resume` hold. */
export async function* resumeRun(
  channel: Channel,
  handle: Handle,
  context: DriverContext,
  limits: HttpLimits,
): AsyncGenerator<DriverEvent> {
  const calls = new WorkerCalls(channel, limits);
  const place = placeOf(handle, context);
  const { invocationId, after } = place;
  const { signal, clock } = context;
  const options = { invocationId, after, waitSeconds: longestWait(channel), signal, clock };
  // After a crash all tasks ask at once.
  const open = async (): Promise<EventStream> => {
    await context.pace();
    return await EventStream.open(calls, options);
  };
  // A connection that is kept for the next request may be gone by then.
  const stream = await open().catch((error: unknown) => {
    if (signal.aborted || isDispatchError(error)) throw error;
    return open();
  });
  try {
    const answer = answerFrom(stream, place, context);
    yield answer;
    if (answer.type !== 'attached') return;
    const { bootId } = stream;
    yield* named(handle, invocationId, bootId);
    yield* new RunFollower(calls, { invocationId, bootId, after }, context).events(stream);
  } finally {
    stream.close();
  }
}

type Answer = Extract<DriverEvent, { type: 'attached' | 'not_started' | 'unknown' }>;

function answerFrom({ bootId, refused }: EventStream, known: Place, { cursor }: DriverContext): Answer {
  if (known.bootId !== undefined && known.bootId !== bootId)
    return lost('another machine answers in the place of its own');
  if (refused === undefined) return { type: 'attached' };
  if (refused !== 'unknown_run') throw noWorker(`the refusal ${refused} to a question`);
  if (cursor !== undefined) return lost('the machine that ran it does not know it any more');
  if (known.bootId === undefined) return lost('nobody knows whether its start reached the machine that was there then');
  const proof = `The machine that was there before the start (${bootId}) does not know the run; a start that is still under way would give the same run as the next one.`;
  return { type: 'not_started', proof };
}

function* named(handle: Handle, invocationId: string, bootId: string): Generator<DriverEvent> {
  const named = handleAt(handle, invocationId, bootId);
  if (named) yield { type: 'handle', handle: named };
}
