// Questions that every dispatcher answers at once, with a bound: a paused one accepts them and says nothing.
import { DispatchError, isDispatchError } from '../errors/index.js';
import { ANSWER_MS } from './find-dispatcher.js';
import { asHelloAnswer, type HelloAnswer, type HelloRequest } from './hello.js';
import type { CallFollow, RpcConnection } from './rpc.js';

/** Errors: AD_DISPATCHER_UNREACHABLE when no answer comes in time; AD_DISPATCHER_INCOMPATIBLE. */
export async function sayHello(
  connection: RpcConnection,
  request: HelloRequest,
  answerMs?: number,
): Promise<HelloAnswer> {
  return asHelloAnswer(await ask(connection, 'hello', request, answerMs));
}

/** Errors: the dispatcher's; AD_DISPATCHER_UNREACHABLE, with `details.silent`, when no answer comes in time. */
export async function ask(
  connection: RpcConnection,
  method: string,
  params: unknown,
  answerMs = ANSWER_MS,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  let isAnswered = false;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // An answer that came while this process itself was held up is read first.
      setImmediate(() => {
        if (isAnswered) return;
        reject(silent());
        connection.destroy();
      });
    }, answerMs);
  });
  try {
    return await Promise.race([connection.call(method, params), late]);
  } finally {
    isAnswered = true;
    clearTimeout(timer);
  }
}

/**
 * A call that may take long: its answer, so long as the dispatcher answers other questions meanwhile.
 * Errors: the call's; AD_DISPATCHER_UNREACHABLE when the dispatcher says nothing any more; its connection is closed then.
 */
export async function callWhileItAnswers(
  connection: RpcConnection,
  { method, params, answerMs = ANSWER_MS, ...follow }: PatientCall,
): Promise<unknown> {
  const leave = lookAfter(connection, answerMs);
  try {
    return await connection.call(method, params, follow);
  } finally {
    leave();
  }
}

export interface PatientCall extends CallFollow {
  method: string;
  params: unknown;
  answerMs?: number | undefined;
}

const lookedAfter = new WeakMap<RpcConnection, { calls: number; timer: NodeJS.Timeout }>();

/** Asks for a sign of life now and then, once for all calls of the connection. Returns what ends it for this one. */
function lookAfter(connection: RpcConnection, answerMs: number): () => void {
  const look = (): void => {
    // Silence closes the connection, which ends its calls. Any other answer is a sign of life.
    ask(connection, 'status', {}, answerMs).catch(() => undefined);
  };
  const shared = lookedAfter.get(connection) ?? { calls: 0, timer: setInterval(look, answerMs) };
  lookedAfter.set(connection, shared);
  shared.calls += 1;
  return () => {
    shared.calls -= 1;
    if (shared.calls > 0) return;
    clearInterval(shared.timer);
    lookedAfter.delete(connection);
  };
}

const silent = (): DispatchError =>
  new DispatchError('AD_DISPATCHER_UNREACHABLE', 'the dispatcher does not answer', {
    hint: 'It may be paused: end it with `agentdispatch dispatcher stop --force`; the next one takes its tasks up.',
    details: { silent: true },
  });

export const isSilence = (error: unknown): boolean => isDispatchError(error) && error.details?.['silent'] === true;
