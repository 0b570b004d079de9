// What records and scripts say, in the form in which the rules compare them.
import type { TaskRecord } from '@agent-dispatch/schemas';
import { parseLogLine } from '../../task-log.js';
import type { Piece, TaskScript } from './script.js';

/** The admission slots of a request stand in its labels. */
export const slotsOf = ({ labels }: TaskRecord['request']): string[] =>
  (labels?.['slots'] ?? '').split(' ').filter((slot) => slot !== '');

/** The work itself said how it ended. */
export const endedByItself = ({ status, outcome }: TaskRecord): boolean =>
  status === 'succeeded' || outcome?.error?.code === 'AD_TASK_FAILED';

const told = ({ pieces }: TaskScript, kinds: readonly Piece[]): [Piece, number][] =>
  pieces.flatMap((piece, index): [Piece, number][] => (kinds.includes(piece) ? [[piece, index + 1]] : []));

export const toldMessages = (script: TaskScript): string[] =>
  told(script, ['message']).map(([, n]) => `message ${String(n)}`);

export const toldText = (script: TaskScript): string =>
  told(script, ['line', 'word', 'message'])
    .map(([piece, n]) => (piece === 'word' ? `word${String(n)}` : `${piece} ${String(n)}\n`))
    .join('');

export const loggedText = (log: string, attempt: number): string =>
  log
    .split('\n')
    .flatMap((line) => parseLogLine(line) ?? [])
    .filter(({ a }) => a === attempt)
    .map(({ text }) => text)
    .join('');

/** Ledger entries that are still planned, and those released without a proof. */
export function cleanupOf({ resources }: TaskRecord): { open: string[]; unproven: string[] } {
  const ours = resources.filter(({ resource }) => resource.scope !== 'borrowed');
  return {
    open: ours.filter(({ state }) => state === 'planned' || state === 'removing').map(({ resource }) => resource.id),
    unproven: ours.filter(({ state, proof }) => state === 'released' && !proof).map(({ resource }) => resource.id),
  };
}
