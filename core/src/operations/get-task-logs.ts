// get_task_logs: the task's output in pages, while it runs and afterwards. Costs the same wherever in the log it reads.
import { crc32 } from 'node:zlib';
import type { GetTaskLogsInput, GetTaskLogsOutput } from '@agent-dispatch/schemas';
import { isTerminal, parseLogLine } from '../engine/index.js';
import { logCursor, otherState, readLogCursor } from './cursors.js';
import { checkArguments, findTask, type Operations } from './operation.js';

const DEFAULT_LIMIT = 200;
/** Text of one answer; a single longer entry is given whole. Bytes. */
const PAGE_BYTES = 16 * 1024;
/** The newest entries are one answer, without pages. Bytes. */
const TAIL_BYTES = 64 * 1024;
/** Longest line that is written, with room for JSON escapes. */
const LINE_BYTES = 512 * 1024;
const NEWLINE = 0x0a;
/** A cursor knows so many bytes before it: two logs of one task differ in their times at least. */
const CHECKED_BYTES = 256;

interface Line {
  bytes: Uint8Array;
  /** Where the next line begins. */
  end: number;
}

export async function getTaskLogs(operations: Operations, input: GetTaskLogsInput): Promise<GetTaskLogsOutput> {
  checkArguments('GetTaskLogsInput', input);
  const { record } = await findTask(operations, input.task_id);
  const limit = input.tail ?? input.limit ?? DEFAULT_LIMIT;
  const { size } = await operations.store.readLog(record.taskId, 0, 0);
  const from =
    input.tail === undefined
      ? await cursorStart(operations, record.taskId, size, input.cursor)
      : await tailStart(operations, record.taskId, size, input.tail);
  const budget = input.tail === undefined ? PAGE_BYTES : Number.MAX_SAFE_INTEGER;
  const { lines, more } = await readLines(operations, record.taskId, from, { end: size, limit, budget });
  const entries = lines.flatMap(({ bytes }) => {
    const line = parseLogLine(new TextDecoder().decode(bytes));
    return line === undefined || line.text === ''
      ? []
      : [{ at: new Date(line.at).toISOString(), stream: line.stream, text: line.text }];
  });
  const offset = lines.at(-1)?.end ?? from;
  return {
    task_id: record.taskId,
    entries,
    next_cursor: logCursor(record.taskId, { offset, sum: await sumBefore(operations, record.taskId, offset) }),
    truncated: more,
    terminal: isTerminal(record.status),
  };
}

/** Where the cursor says. Errors: AD_INPUT_CURSOR when the log before it is not the one that it was made for. */
async function cursorStart(operations: Operations, taskId: string, size: number, cursor?: string): Promise<number> {
  if (cursor === undefined) return 0;
  const { offset, sum } = readLogCursor(cursor, taskId);
  if (offset > size || sum !== (await sumBefore(operations, taskId, offset))) throw otherState(taskId);
  return offset;
}

async function sumBefore({ store }: Operations, taskId: string, offset: number): Promise<number> {
  const length = Math.min(offset, CHECKED_BYTES);
  if (length === 0) return crc32('');
  return crc32((await store.readLog(taskId, offset - length, length)).bytes);
}

/** Whole lines from `offset`; the last, unfinished one is left for the next call. */
async function readLines(
  { store }: Operations,
  taskId: string,
  offset: number,
  { end, limit, budget }: { end: number; limit: number; budget: number },
): Promise<{ lines: Line[]; more: boolean }> {
  const lines: Line[] = [];
  if (offset >= end) return { lines, more: false };
  let at = offset;
  let left = budget;
  while (lines.length < limit && left > 0) {
    const { bytes, size } = await store.readLog(taskId, at, LINE_BYTES);
    const found = splitLines(bytes, at).slice(0, limit - lines.length);
    for (const line of found) {
      if (lines.length > 0 && line.bytes.length > left) return { lines, more: true };
      lines.push(line);
      left -= line.bytes.length;
      at = line.end;
    }
    if (found.length === 0 || at >= size) return { lines, more: false };
  }
  const { size } = await store.readLog(taskId, 0, 0);
  return { lines, more: at < size };
}

function splitLines(bytes: Uint8Array, offset: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines.push({ bytes: bytes.subarray(start, end), end: offset + end + 1 });
    start = end + 1;
  }
  return lines;
}

/** Where the last `count` lines begin, found from the end; fewer when they would not fit one answer. */
async function tailStart({ store }: Operations, taskId: string, size: number, count: number): Promise<number> {
  for (let window = 64 * 1024; ; window *= 4) {
    const from = Math.max(0, size - window);
    const { bytes } = await store.readLog(taskId, from, size - from);
    let newlines = 0;
    let last = size;
    for (let index = bytes.length - 1; index >= 0; index -= 1) {
      if (bytes[index] !== NEWLINE) continue;
      const line = from + index + 1;
      if (newlines > 1 && size - line > TAIL_BYTES) return last;
      last = line;
      newlines += 1;
      if (newlines > count) return line;
    }
    if (from === 0) return newlines > 1 && size > TAIL_BYTES ? last : 0;
  }
}
