// From a state directory to a connection: reads who owns it, connects, and tells a dead owner from one that cannot be reached.
import { connect as connectSocket, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../config/thrown.js';
import { DispatchError } from '../errors/index.js';
import { ownerLiveness, readEpoch } from '../store/epoch.js';
import { nodeFiles } from '../store/node-files.js';
import { assertPrivateDirectory } from '../store/private-directory.js';
import type { HelloAnswer, HelloRequest } from './hello.js';
import { RpcConnection } from './rpc.js';

/** A paused owner still accepts connections; after so long without an answer it counts as not responding. */
const ANSWER_MS = 30_000;

/**
 * undefined: nobody owns the directory, or the owner is gone.
 * Errors: AD_DISPATCHER_UNREACHABLE, AD_DISPATCHER_HELD; AD_STORE_NOT_PRIVATE: who answers there would be trusted.
 */
export async function findDispatcher(stateDir: string): Promise<RpcConnection | undefined> {
  assertPrivateDirectory(stateDir);
  const owner = await readEpoch(nodeFiles, stateDir);
  if (owner === undefined || owner.releasedAt !== undefined) return undefined;
  if (owner.socket === undefined) {
    throw new DispatchError(
      'AD_DISPATCHER_HELD',
      `the state directory is held by process ${String(owner.pid)}, which hosts the engine itself`,
      {
        hint: 'Wait for that process to end, or use another stateDir.',
      },
    );
  }
  const socket = await dial(owner.socket);
  return socket && new RpcConnection(socket);
}

/** Only these two say that nobody listens; anything else (EPERM, EACCES, EAGAIN) may be a live owner. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY.has(error.code ?? '')) return resolve(undefined);
      reject(
        new DispatchError(
          'AD_DISPATCHER_UNREACHABLE',
          `the dispatcher's socket cannot be connected to: ${error.code ?? error.message}`,
          { cause: error },
        ),
      );
    });
  });
}

/** Errors: AD_DISPATCHER_UNREACHABLE when no answer comes in time. */
export async function sayHello(connection: RpcConnection, request: HelloRequest): Promise<HelloAnswer> {
  return (await ask(connection, 'hello', request)) as HelloAnswer;
}

/** For questions that every dispatcher answers at once. Errors: AD_DISPATCHER_UNREACHABLE when no answer comes in time. */
export async function ask(connection: RpcConnection, method: string, params: unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      connection.destroy();
      reject(
        new DispatchError('AD_DISPATCHER_UNREACHABLE', 'the dispatcher does not answer', {
          hint: 'It may be paused: end it with `agentdispatch dispatcher stop --force`; the next one takes its tasks up.',
        }),
      );
    }, ANSWER_MS);
  });
  try {
    return await Promise.race([connection.call(method, params), late]);
  } finally {
    clearTimeout(timer);
  }
}

const GONE_MS = 15_000;
const LOOK_MS = 20;

/**
 * Kills the process that the directory names as its owner, if it is that very process. Returns whether there was one.
 * Errors: AD_DISPATCHER_UNREACHABLE where it cannot be told or may not be signalled from here.
 */
export async function killDispatcher(stateDir: string): Promise<boolean> {
  const owner = await readEpoch(nodeFiles, stateDir);
  if (owner === undefined) return false;
  const liveness = ownerLiveness(owner);
  if (liveness === 'dead') return false;
  const refuse = (why: string, cause?: unknown): DispatchError =>
    new DispatchError('AD_DISPATCHER_UNREACHABLE', `process ${owner.pid} on ${owner.host} ${why}`, { cause });
  if (liveness === 'unknown') throw refuse('cannot be told from another one with its number, and is left alone');
  try {
    process.kill(owner.pid, 'SIGKILL');
  } catch (error) {
    // Between the look and the signal it may have ended by itself.
    if (codeOf(error) !== 'ESRCH') throw refuse('may not be signalled from here', error);
  }
  return true;
}

/** Resolves when the owner of the directory has given it up or is dead. Errors: AD_DISPATCHER_UNREACHABLE after 15 s. */
export async function dispatcherGone(stateDir: string): Promise<void> {
  const limit = Date.now() + GONE_MS;
  for (;;) {
    const owner = await readEpoch(nodeFiles, stateDir);
    if (owner === undefined || ownerLiveness(owner) === 'dead') return;
    if (Date.now() > limit) {
      throw new DispatchError(
        'AD_DISPATCHER_UNREACHABLE',
        `the dispatcher (pid ${String(owner.pid)}) was told to stop and has not ended`,
      );
    }
    await sleep(LOOK_MS);
  }
}
