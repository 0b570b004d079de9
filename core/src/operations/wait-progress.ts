// What a wait has come to, in words for a person's screen. Short, on one line, and made by agents in part.
import { isTerminal } from '../engine/index.js';
import type { StoredTask } from '../store/index.js';

/** Characters of what an agent says. */
const MAX_SAID = 120;

/** How many have ended, and what the liveliest of the others is about. */
export function waitProgress(tasks: readonly StoredTask[]): string {
  const open = tasks.filter(({ record }) => !isTerminal(record.status));
  const liveliest = open.reduce<StoredTask | undefined>(
    (best, task) => (best === undefined || activity(task) > activity(best) ? task : best),
    undefined,
  );
  const about = liveliest === undefined ? undefined : state(liveliest);
  if (tasks.length === 1 && about !== undefined) return about;
  const ended = `${String(tasks.length - open.length)} of ${String(tasks.length)} tasks ended`;
  return about === undefined ? ended : `${ended}; ${String(liveliest?.record.taskId)}: ${about}`;
}

const activity = ({ record }: StoredTask): number => record.lastActivityAt ?? record.createdAt;

function state({ record: { status, progress } }: StoredTask): string {
  const share = progress?.fraction === undefined ? '' : ` ${String(Math.round(progress.fraction * 100))}%`;
  const said = progress?.message?.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim() ?? '';
  const cut = said.length > MAX_SAID ? `${said.slice(0, MAX_SAID)}…` : said;
  return `${status}${share}${cut === '' ? '' : `: ${cut}`}`;
}
