// A front door's way to a dispatcher that fits: finds it, says hello, takes over from one that is dead, starts one.
import { setTimeout as sleep } from 'node:timers/promises';
import { DispatchError } from '../errors/index.js';
import { readEpoch } from '../store/epoch.js';
import { nodeFiles } from '../store/node-files.js';
import { ask, isSilence, sayHello } from './ask.js';
import { lookForDispatcher, type Found } from './find-dispatcher.js';
import { isStillOpening, type DispatcherStatus, type HelloAnswer, type HelloRequest } from './hello.js';
import { makeWay } from './make-way.js';
import type { RpcConnection } from './rpc.js';
import { underStartLock } from './start-lock.js';

export interface ReachOptions {
  stateDir: string;
  hello: HelloRequest;
  /** The caller's values of the variables that the dispatcher wants. */
  environment: (names: readonly string[]) => Record<string, string>;
  /** Starts a dispatcher and returns when it is ready, or when another one is. */
  start: () => Promise<void>;
  /** How long an owner may say nothing before it counts as dead. Default 30 s. */
  answerMs: number | undefined;
}

export interface Reached {
  connection: RpcConnection;
  answer: HelloAnswer;
}

/** Attempts to find or start a dispatcher: each ends in a connection, or shows that another process was faster. */
const TRIES = 20;
const PAUSE_MS = 20;
/** For a dispatcher to open its state directory, as long as it answers. */
const OPENED_MS = 300_000;

/** Errors: AD_DISPATCHER_UNREACHABLE, AD_DISPATCHER_HELD, AD_DISPATCHER_INCOMPATIBLE, AD_STORE_*, those of `start`. */
export async function reachDispatcher(options: ReachOptions): Promise<Reached> {
  const { stateDir, answerMs } = options;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await lookForDispatcher(stateDir, answerMs);
    if (found.state !== 'listening') {
      await startAnother(options, found, found.state === 'silent');
      continue;
    }
    const { connection } = found;
    const answer = await greet(connection, options);
    if (typeof answer === 'object' && answer.verdict !== 'replaced') return { connection, answer };
    connection.close();
    if (answer === 'silent') await startAnother(options, found, true);
    else await sleep(PAUSE_MS);
  }
  throw new DispatchError('AD_DISPATCHER_UNREACHABLE', 'dispatchers start and end without being reached');
}

/** ended: it went between the connection and its answer; whoever comes next holds the directory. */
async function greet(
  connection: RpcConnection,
  { hello, environment, answerMs }: ReachOptions,
): Promise<HelloAnswer | 'silent' | 'ended'> {
  try {
    const answer = await patientHello(connection, hello, answerMs);
    if (answer.verdict === 'replaced') return answer;
    // Also where there is nothing to give: until it knows, a dispatcher that was just started takes no task up.
    await ask(connection, 'environment', environment(answer.wants), answerMs);
    return answer;
  } catch (error) {
    if (isSilence(error)) return 'silent';
    if (!connection.open) return 'ended';
    connection.close();
    throw error;
  }
}

/** A dispatcher that is opening its state directory is alive, and says so. */
async function patientHello(
  connection: RpcConnection,
  hello: HelloRequest,
  answerMs: number | undefined,
): Promise<HelloAnswer> {
  const end = performance.now() + OPENED_MS;
  for (;;) {
    try {
      return await sayHello(connection, hello, answerMs);
    } catch (error) {
      if (!isStillOpening(error) || performance.now() > end) throw error;
    }
    await sleep(PAUSE_MS);
  }
}

async function startAnother({ stateDir, start }: ReachOptions, { owner }: Found, isSilent: boolean): Promise<void> {
  await underStartLock(stateDir, async () => {
    const current = await readEpoch(nodeFiles, stateDir);
    // Another front door held the lock between our look and our turn.
    if (current?.epoch !== owner?.epoch) return;
    if (current === undefined || (await makeWay(stateDir, current, isSilent))) await start();
  });
}

/**
 * For a process that is to own the directory itself. Errors: AD_DISPATCHER_HELD when a dispatcher answers there, and
 * what reachDispatcher says of owners.
 */
export async function makeWayForOwn(stateDir: string, answerMs?: number): Promise<void> {
  const found = await lookForDispatcher(stateDir, answerMs);
  if (found.state === 'free') return;
  const isSilent =
    found.state === 'silent' || (found.state === 'listening' && (await isSilentOwner(found.connection, answerMs)));
  if (!(await makeWay(stateDir, found.owner, isSilent))) throw held(found.owner.pid);
}

const held = (pid: number): DispatchError =>
  new DispatchError('AD_DISPATCHER_HELD', `a dispatcher, process ${pid}, holds the state directory`);

/** false: it ended before it answered. */
async function isSilentOwner(connection: RpcConnection, answerMs?: number): Promise<boolean> {
  let status: DispatcherStatus;
  try {
    status = (await ask(connection, 'status', {}, answerMs)) as DispatcherStatus;
  } catch (error) {
    if (isSilence(error)) return true;
    if (connection.open) throw error;
    return false;
  } finally {
    connection.close();
  }
  throw held(status.pid);
}
