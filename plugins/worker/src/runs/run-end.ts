// How a run ended: outcome, result and error, from what was asked of it, how its agent exited and what that said. Pure.
import type { AgentExit } from '../work/agent-process.js';
import type { AgentResult, AgentWord } from '../work/agent-output.js';

/** Codes of `ended.error` that the worker gives. An agent's own word on its failure keeps the code it has. */
export type RunErrorCode =
  /** Its program could not be started. */
  | 'AGENT_NOT_STARTED'
  /** It ended with another exit code than 0, or said that it failed. */
  | 'AGENT_FAILED'
  /** The model behind it refused its credentials, or it has none. */
  | 'MODEL_DENIED'
  /** The model behind it could not be reached, or had no room, until it gave up. */
  | 'MODEL_UNAVAILABLE'
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

/**
 * What the agent had printed by then is the result of a run that was stopped, too.
 * @param lastErrors the end of its standard error: all that tells why, where it says no word itself.
 */
export function runEnd(stop: StopReason | undefined, exit: AgentExit, word: AgentWord, lastErrors = ''): RunEnd {
  const { result } = word;
  const end = { ...(stop ? STOPPED[stop] : endOf(exit, word, lastErrors)), ...(result && { result }) };
  return exit.code === null ? end : { ...end, exitCode: exit.code };
}

function endOf({ code, signal }: AgentExit, { outcome, error, invalid }: AgentWord, lastErrors: string): RunEnd {
  // One that told its end and was slow to exit was ended by us, without a code.
  const isFine = code === 0 || (code === null && outcome !== undefined);
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const why = lastErrors === '' ? '.' : `: ${lastErrors}`;
  if (!isFine) return { ...failedEnd('AGENT_FAILED', `The agent ended with ${how}${why}`), ...(error && { error }) };
  if (outcome === 'failed')
    return { ...failedEnd('AGENT_FAILED', 'The agent said that it failed.'), ...(error && { error }) };
  return invalid === undefined ? { outcome: 'succeeded' } : failedEnd('RESULT_INVALID', invalid);
}
