// From a state directory to a connection: reads who owns it, connects, and tells an owner that nobody reaches from one
// that must not be touched. Starts nothing, ends nothing.
import { connect as connectSocket, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DispatchError } from '../errors/index.js';
import { ownerLiveness, readEpoch, type EpochOwner } from '../store/epoch.js';
import { nodeFiles } from '../store/node-files.js';
import { assertPrivateDirectory } from '../store/private-directory.js';
import { asStoreError } from '../store/store-errors.js';
import { RpcConnection } from './rpc.js';

/** A paused owner still accepts connections; after so long without an answer it counts as not responding. */
export const ANSWER_MS = 30_000;

/**
 * free: nobody owns the directory. deaf: nobody listens where its owner did. silent: it took no connection in time.
 * `owner` of a free directory gave it up or is dead; absent when there never was one.
 */
export type Found =
  | { state: 'free'; owner?: EpochOwner }
  | { state: 'deaf' | 'silent'; owner: EpochOwner }
  | { state: 'listening'; owner: EpochOwner; connection: RpcConnection };

/**
 * Errors: AD_DISPATCHER_UNREACHABLE, AD_DISPATCHER_HELD, AD_STORE_UNAVAILABLE, AD_STORE_CORRUPT; AD_STORE_NOT_PRIVATE: who answers there would be trusted.
 * @param answerMs so long an owner may have no room for another connection.
 */
export async function lookForDispatcher(stateDir: string, answerMs = ANSWER_MS): Promise<Found> {
  const owner = await ownerOf(stateDir);
  if (owner === undefined) return { state: 'free' };
  if (owner.releasedAt !== undefined) return { state: 'free', owner };
  if (owner.socket === undefined) {
    if (ownerLiveness(owner) === 'dead') return { state: 'free', owner };
    throw hostedElsewhere(owner);
  }
  const socket = await dial(owner.socket, answerMs);
  if (typeof socket === 'string') return { state: socket, owner };
  return { state: 'listening', owner, connection: new RpcConnection(socket) };
}

async function ownerOf(stateDir: string): Promise<EpochOwner | undefined> {
  try {
    assertPrivateDirectory(stateDir);
    return await readEpoch(nodeFiles, stateDir);
  } catch (error) {
    throw asStoreError(`reading ${stateDir}`, error, false);
  }
}

/** It was killed, and nobody took the directory since. */
export const isDead = ({ state, owner }: Found): boolean => state === 'deaf' && ownerLiveness(owner) === 'dead';

const hostedElsewhere = ({ pid, host }: EpochOwner): DispatchError =>
  new DispatchError(
    'AD_DISPATCHER_HELD',
    `the state directory is held by process ${pid} on ${host}, which hosts the engine itself`,
    {
      hint: 'Wait for that process to end, or use another stateDir. If it is dead and cannot be seen from here: `agentdispatch dispatcher stop --force`.',
    },
  );

/** Only these two say that nobody listens; anything else (EPERM, EACCES) may be a live owner. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);
/** So it is when a paused owner's backlog is full. */
const NO_ROOM = 'EAGAIN';
const NO_ROOM_PAUSE_MS = 100;

async function dial(path: string, answerMs: number): Promise<Socket | 'deaf' | 'silent'> {
  const end = performance.now() + answerMs;
  for (;;) {
    const reached = await connectOnce(path);
    if (typeof reached !== 'string') return reached;
    if (NOBODY.has(reached)) return 'deaf';
    if (reached !== NO_ROOM) throw closedToUs(reached);
    if (performance.now() > end) return 'silent';
    await sleep(NO_ROOM_PAUSE_MS);
  }
}

/** Whether somebody listens there now. */
export async function isListening(path: string): Promise<boolean> {
  const reached = await connectOnce(path);
  if (typeof reached === 'string') return !NOBODY.has(reached);
  reached.destroy();
  return true;
}

/** The connection, or the code of what is in its way. */
function connectOnce(path: string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connectSocket(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const closedToUs = (reason: string): DispatchError =>
  new DispatchError('AD_DISPATCHER_UNREACHABLE', `the dispatcher's socket cannot be connected to: ${reason}`, {
    details: { reason },
    ...((reason === 'EPERM' || reason === 'EACCES') && {
      hint: 'A sandbox or the rights of the socket forbid the connection; nothing was started or ended. Allow Unix sockets there, or call from outside of it.',
    }),
  });
