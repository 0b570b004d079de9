// A wait of any length, made of the bounded waits that the operation offers.
import type { ControlPlane } from '@agent-dispatch/core';
import type { WaitTaskOutput } from '@agent-dispatch/schemas';

/** Longest single wait, in seconds. */
const LONGEST = 3600;

export interface WaitOptions {
  taskIds: string[];
  mode: 'any' | 'all';
  /** Default: no limit. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

/** Returns when the tasks rest (ended, or asking for input), the time is over, or the signal aborts. */
export async function waitUntilRest(
  controlPlane: Pick<ControlPlane, 'wait'>,
  { taskIds, mode, timeoutSeconds = Number.POSITIVE_INFINITY, signal }: WaitOptions,
): Promise<WaitTaskOutput> {
  for (let left = timeoutSeconds; ; left -= LONGEST) {
    const input = { task_ids: taskIds, mode, timeout_seconds: Math.min(left, LONGEST) };
    const answer = await controlPlane.wait(input, signal === undefined ? {} : { signal });
    if (!answer.timed_out || left <= LONGEST || signal?.aborted === true) return answer;
  }
}
