// The diary of one place, read.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { diaryLine, HELD } from '../watched/diary.js';

export interface Entry {
  run: string;
  point: string;
  taskId: string | undefined;
  killed: boolean;
}

/** What a client writes beside the dispatchers. */
const CLIENT = 'client';

export const CANCEL_ACCEPTED = 'cancel-accepted';
export const DISPATCHER_GONE = 'dispatcher-gone';

export const note = (file: string, point: string, taskId?: string): void =>
  appendFileSync(file, diaryLine(CLIENT, point, taskId));

export function readDiary(file: string): Entry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [run = '', point = '', taskId, end] = line.split(' ');
    return { run, point, taskId: taskId === '-' ? undefined : taskId, killed: end === 'killed' };
  });
}

export const isPoint = ({ run, point }: Entry): boolean => run !== CLIENT && point !== HELD;

/**
 * The points at which the run was killed: the one that was chosen, and every `after` directly before it, for between
 * these nothing was begun.
 */
export function killedAt(entries: readonly Entry[], run: string): string[] {
  const passed = entries.filter((entry) => entry.run === run && isPoint(entry));
  const last = passed.at(-1);
  if (!last?.killed) return [];
  const before = passed.slice(0, -1).reverse();
  const begun = before.findIndex(({ point }) => !point.endsWith('.after'));
  const instant = begun < 0 ? before : before.slice(0, begun);
  return [last.point, ...instant.map(({ point }) => point)];
}
