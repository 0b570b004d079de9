// How a run ended: outcome, result and error, from what was asked of it, how its agent exited and what that said. Pure.
import type { AgentExit } from '../work/agent-process.js';
import type { AgentResult, AgentWord } from '../work/agent-output.js';

/** Codes of `ended.error` that the worker gives. An agent's own word on its failure keeps the code it has. */
export type RunErrorCode =
  /** Its program could not be started. */
  | 'AGENT_NOT_STARTED'
  /** It ended with another exit code than 0, or said that it failed. */
  | 'AGENT_FAILED'
  /** What it printed is not what was declared. */
  | 'RESULT_INVALID'
  /** The run's deadline passed. */
  | 'DEADLINE'
  /** The worker was told to stop. */
  | 'WORKER_STOPPED'
  /** The worker was started again while the run was at work; nothing was run a second time. */
  | 'WORKER_RESTARTED'
  /** A fault of the worker itself, or of the disk below it. */
  | 'WORKER_FAILED';

export interface RunEnd {
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly exitCode?: number;
  readonly result?: AgentResult;
  readonly error?: { readonly code: string; readonly message: string };
}

export const failedEnd = (code: RunErrorCode, message: string): RunEnd => ({
  outcome: 'failed',
  error: { code, message },
});

/** Why a run is stopped before its agent ends by itself. The first reason stands. */
export type StopReason = 'cancelled' | 'deadline' | 'worker_stopped';

const STOPPED: Readonly<Record<StopReason, RunEnd>> = {
  cancelled: { outcome: 'cancelled' },
  deadline: failedEnd('DEADLINE', 'The deadline of the run passed; the agent and all its processes were stopped.'),
  worker_stopped: failedEnd(
    'WORKER_STOPPED',
    'The worker was told to stop; the agent and all its processes were stopped.',
  ),
};

/** What the agent had printed by then is kept as the result of a run that was stopped, too. */
export function runEnd(stop: StopReason | undefined, exit: AgentExit, word: AgentWord): RunEnd {
  const { result } = word;
  const exitCode = exit.code ?? undefined;
  if (stop) return { ...STOPPED[stop], exitCode, result };
  // Whoever said that it is done may be slow to exit: then it was ended by us, with a signal.
  const isFine = exit.code === 0 || (word.outcome !== undefined && exit.code === null);
  if (!isFine) {
    const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
    return {
      ...failedEnd('AGENT_FAILED', `The agent ended with ${how}.`),
      ...(word.error && { error: word.error }),
      exitCode,
      result,
    };
  }
  if (word.outcome !== 'failed') return { outcome: 'succeeded', exitCode, result };
  const error = word.error ?? { code: 'AGENT_FAILED', message: 'The agent said that it failed.' };
  return { outcome: 'failed', exitCode, result, error };
}
