// The states of a task and the moves between them, as data. Whoever decides a move asks this table; illegal moves throw.
import type { TaskStatus } from '@agent-dispatch/schemas';

export type TerminalStatus = 'succeeded' | 'failed' | 'cancelled' | 'lost';

/** What each state means, and what has happened before it is entered. */
export const STATES: Readonly<Record<TaskStatus, string>> = {
  queued: 'Accepted and durable. Waits for admission, or for the pause before another attempt.',
  provisioning: 'The attempt is planned and its handle stored; the driver makes what it needs.',
  starting: 'The intent to start is stored; start may have been called, nothing was heard yet.',
  running: 'The work was heard from.',
  input_required: 'The work asked a question and waits for an answer.',
  cancelling: 'A cancel or an expired deadline was accepted; no start call is issued any more.',
  completing: 'The end of the work is stored; its result is being collected. A later cancel does not change it.',
  succeeded: 'The work ended well. Final.',
  failed: 'The work, its target or its deadline failed; error says which. Final.',
  cancelled: 'Stopped on request. Final.',
  lost: 'What became of the work cannot be known; only where the manifest declares the target not resumable. Final.',
};

/** Why a task moves. */
export type Trigger =
  | 'planned'
  | 'refused'
  | 'provisioned'
  | 'contact'
  | 'asked'
  | 'answered'
  | 'ended'
  | 'collected'
  | 'attempt-failed'
  | 'retry'
  | 'outcome-unknown'
  | 'stop'
  | 'stopped';

type Row = readonly [from: TaskStatus, trigger: Trigger, to: TaskStatus];

/** Every legal move. */
export const TRANSITIONS: readonly Row[] = [
  ['queued', 'planned', 'provisioning'],
  ['queued', 'refused', 'failed'],
  ['queued', 'stopped', 'cancelled'],
  ['queued', 'stopped', 'failed'],

  ['provisioning', 'provisioned', 'starting'],
  ['provisioning', 'retry', 'queued'],
  ['provisioning', 'attempt-failed', 'failed'],
  ['provisioning', 'stop', 'cancelling'],

  ['starting', 'contact', 'running'],
  ['starting', 'ended', 'completing'],
  ['starting', 'retry', 'queued'],
  ['starting', 'attempt-failed', 'failed'],
  ['starting', 'outcome-unknown', 'lost'],
  ['starting', 'stop', 'cancelling'],

  ['running', 'asked', 'input_required'],
  ['running', 'ended', 'completing'],
  ['running', 'attempt-failed', 'failed'],
  ['running', 'outcome-unknown', 'lost'],
  ['running', 'stop', 'cancelling'],

  ['input_required', 'answered', 'running'],
  ['input_required', 'ended', 'completing'],
  ['input_required', 'attempt-failed', 'failed'],
  ['input_required', 'outcome-unknown', 'lost'],
  ['input_required', 'stop', 'cancelling'],

  ['cancelling', 'stopped', 'cancelled'],
  ['cancelling', 'stopped', 'failed'],

  ['completing', 'collected', 'succeeded'],
  ['completing', 'collected', 'failed'],
  ['completing', 'collected', 'cancelled'],
];

const TERMINAL: ReadonlySet<TaskStatus> = new Set<TerminalStatus>(['succeeded', 'failed', 'cancelled', 'lost']);

/** Final states: whatever arrives later changes nothing. */
export const isTerminal = (status: TaskStatus): status is TerminalStatus => TERMINAL.has(status);

const LEGAL = new Set(TRANSITIONS.map((row) => row.join(' ')));

/** Throws a TypeError for a move that the table does not have: that is a fault of the reducer, never of input. */
export function assertLegal(from: TaskStatus, trigger: Trigger, to: TaskStatus): void {
  if (!LEGAL.has(`${from} ${trigger} ${to}`)) throw new TypeError(`illegal move from ${from} to ${to} by ${trigger}`);
}
