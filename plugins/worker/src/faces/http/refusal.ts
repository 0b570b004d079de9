// What is told of a call that went wrong: refusals as they are, of anything else no more than that it failed.
import type { WorkerRefusal } from '@agent-dispatch/schemas';
import { RunRefused } from '../../runs/run.js';

export const UNKNOWN_RUN: WorkerRefusal = { code: 'unknown_run', message: 'Nothing is known of this invocation here.' };

export function refusalIn(error: unknown): WorkerRefusal {
  if (error instanceof RunRefused) return { code: error.code, message: error.message };
  return { code: 'internal', message: 'The worker failed to answer.' };
}

/** Where the status may tell it. */
export const STATUS: Readonly<Record<WorkerRefusal['code'], number>> = {
  invalid: 400,
  unknown_run: 404,
  another_task: 409,
  ended: 410,
  refused: 422,
  digest_mismatch: 422,
  full: 503,
  internal: 500,
};
