// One call into a container, watched to its end: the stream breaks when the microVM goes, and the log learns the outcome.
import type { Agent, AgentAnswer, AgentRequest } from '../agents/agent.js';
import type { ExecutionRecord } from '../request-log.js';
import type { LiveVm, SessionKey } from '../state/sessions.js';
import { ServiceError } from '../wire/service-error.js';
import type { World } from './operation.js';

export class VmGone extends Error {
  constructor() {
    super('the microVM ended while the agent was at work');
    this.name = 'VmGone';
  }
}

export interface Execution {
  readonly key: SessionKey;
  readonly agent: Agent;
  readonly vm: LiveVm;
  readonly request: AgentRequest;
  /** Default `invocation`. */
  readonly kind?: ExecutionRecord['kind'] | undefined;
}

/** @throws ServiceError RuntimeClientError when the container fails or goes before its answer begins. */
export async function execute(
  { key, agent, vm, request, kind = 'invocation' }: Execution,
  world: World,
): Promise<AgentAnswer> {
  const leave = world.sessions.occupy(key, vm, { counts: true });
  const record = world.log.begun({
    kind,
    runtimeName: vm.runtimeName,
    region: key.runtime.region,
    sessionId: vm.sessionId,
    bootId: vm.bootId,
    payload: request.payload,
  });
  const finish = (outcome: ExecutionRecord['outcome']): void => {
    record.outcome = outcome;
    leave();
  };
  try {
    const answer = await orGone(answerOf(agent, request), vm);
    if (answer.status >= 400) throw containerError(answer.status);
    return { ...answer, body: watched(answer.body, vm, finish) };
  } catch (cause) {
    finish(cause instanceof VmGone ? 'ended' : 'failed');
    throw cause instanceof ServiceError ? cause : containerError(cause instanceof VmGone ? undefined : 500);
  }
}

/** What the caller sees of a container that failed. */
export function containerError(status: number | undefined): ServiceError {
  const what =
    status === undefined
      ? 'The session ended while the runtime was answering'
      : `Received error (${status}) from runtime`;
  return new ServiceError('RuntimeClientError', `${what}. The runtime's log has the details.`);
}

// Async, so that a handler that throws at once fails like one that rejects.
async function answerOf(agent: Agent, request: AgentRequest): Promise<AgentAnswer> {
  return agent.invoke(request);
}

async function* watched(
  body: AgentAnswer['body'],
  vm: LiveVm,
  finish: (outcome: ExecutionRecord['outcome']) => void,
): AsyncGenerator<Uint8Array> {
  try {
    if (body instanceof Uint8Array) yield body;
    else yield* untilGone(body, vm);
    finish('completed');
  } catch (cause) {
    finish(cause instanceof VmGone ? 'ended' : 'failed');
    throw cause;
  }
}

async function* untilGone(body: AsyncIterable<Uint8Array>, vm: LiveVm): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  // Lets go of what stands behind the stream; nobody waits for it, it may be stuck for good.
  void vm.gone.then(() => iterator.return?.().catch(() => undefined));
  for (;;) {
    const step = await orGone(iterator.next(), vm);
    if (step.done === true) return;
    yield step.value;
  }
}

function orGone<T>(work: Promise<T>, vm: LiveVm): Promise<T> {
  const gone = vm.gone.then((): never => {
    throw new VmGone();
  });
  return Promise.race([work, gone]);
}
