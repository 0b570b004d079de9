// Pages of tasks, newest first, from the summaries in memory.
import { DispatchError } from '../errors/index.js';
import { isNewer, type ListKey, type TaskEntry } from './task-table.js';
import type { TaskSummary } from './task-state.js';
import type { ListQuery } from './task-store.js';

const VERSION = 1;
const MAX_LIMIT = 100;

/** The entries of one page, and whether there are more. */
export function pageOf(entries: readonly TaskEntry[], query: ListQuery): { page: TaskEntry[]; nextCursor?: string } {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > MAX_LIMIT) {
    throw new TypeError(`limit must be 1 to ${MAX_LIMIT}, not ${query.limit}`);
  }
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const page: TaskEntry[] = [];
  for (let place = after ? firstOlder(entries, after) : entries.length - 1; place >= 0; place--) {
    const entry = entries[place];
    if (!entry || entry.damaged !== undefined) continue;
    // Ordered by creation: nothing further back can match.
    if (query.since !== undefined && entry.summary.createdAt < query.since) break;
    if (!matches(entry.summary, query)) continue;
    const last = page.at(-1);
    if (page.length === query.limit && last) return { page, nextCursor: encodeCursor(last.summary) };
    page.push(entry);
  }
  return { page };
}

/** Index of the newest entry older than the key, -1 when there is none. */
function firstOlder(entries: readonly TaskEntry[], key: ListKey): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry && isNewer(key, entry.summary)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function matches(summary: TaskSummary, { statuses, label, group, parent, subject }: ListQuery): boolean {
  return (
    (statuses === undefined || statuses.includes(summary.status)) &&
    (group === undefined || summary.group === group) &&
    (parent === undefined || summary.parent === parent) &&
    (subject === undefined || summary.subject === subject) &&
    Object.entries(label ?? {}).every(([name, value]) => hasLabel(summary.labels, name, value))
  );
}

const hasLabel = (labels: TaskSummary['labels'], name: string, value: string): boolean =>
  labels !== undefined && Object.hasOwn(labels, name) && labels[name] === value;

const encodeCursor = ({ createdAt, taskId }: ListKey): string =>
  Buffer.from(JSON.stringify({ v: VERSION, createdAt, taskId })).toString('base64url');

function decodeCursor(cursor: string): ListKey {
  const key = parse(Buffer.from(cursor, 'base64url').toString('utf8')) as (Partial<ListKey> & { v?: unknown }) | null;
  if (key?.v === VERSION && typeof key.createdAt === 'number' && typeof key.taskId === 'string') {
    return { createdAt: key.createdAt, taskId: key.taskId };
  }
  throw new DispatchError('AD_INPUT_CURSOR', 'The cursor is not one of the task list, or of another version.', {
    problems: [{ pointer: '/cursor', message: 'malformed or of another version' }],
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
