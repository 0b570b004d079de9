// The updates of a run as they come, for as long as the caller listens.
import type { StreamResponse } from '@a2a-js/sdk';
import type { RunEvent } from '../../runs/run.js';
import type { Call } from './call.js';
import type { RunView } from './run-view.js';
import { updatesOf } from './updates.js';

const isPause = ({ type }: RunEvent): boolean => type === 'input_required' || type === 'ended';

/**
 * From after an event on. Others are let go at a question, as their clients expect; our own driver listens on, until the time is
 * over that it has given.
 */
export async function* follow(
  { run, names }: RunView,
  after: number,
  { said, signal }: Call,
): AsyncGenerator<StreamResponse, void, undefined> {
  const isOurs = said !== undefined;
  const { waitSeconds } = said ?? {};
  const upTo = waitSeconds === 0 ? run.lastSeq : undefined;
  if (upTo !== undefined && upTo <= after) return;
  const limits = waitSeconds === undefined || waitSeconds === 0 ? [] : [AbortSignal.timeout(waitSeconds * 1000)];
  for await (const event of run.events(after, AbortSignal.any([signal, ...limits]))) {
    yield* updatesOf(event, { run, names, isOurs });
    if (event.seq === upTo || (!isOurs && isPause(event))) return;
  }
}

/** Resolves when the run asks or is over, or the caller is gone. */
export async function untilPause({ run }: RunView, after: number, signal: AbortSignal): Promise<void> {
  for await (const event of run.events(after, signal)) if (isPause(event)) return;
}
