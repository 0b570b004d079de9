// The checkpoint: all tasks as of some segment of the journal, so that start-up need not read what came before. Written
// while work goes on: it may hold more than that segment, which does no harm, because transitions repeat harmlessly.
import { join } from 'node:path';
import type { DamagedLines } from './damaged-lines.js';
import type { FileLayer, OpenFile } from './file-layer.js';
import { segmentFile, type SegmentName } from './journal.js';
import { segmentsIn, splitAt } from './journal-reader.js';
import { decodeLines, encodeLine } from './record-codec.js';
import type { TaskState, TaskSummary } from './task-state.js';
import type { TaskEntry, TaskTable } from './task-table.js';
import { isTemporary, readWhole, temporaryName } from './whole-files.js';

const VERSION = 1;
const CHUNK_BYTES = 256 * 1024;

type CheckpointLine =
  | { type: 'checkpoint'; version: number }
  | { type: 'open'; state: TaskState; damaged?: string }
  | { type: 'ended'; summary: TaskSummary; damaged?: string };

const lineOf = ({ summary, state, damaged }: TaskEntry): CheckpointLine => ({
  ...(state ? { type: 'open', state } : { type: 'ended', summary }),
  ...(damaged !== undefined && { damaged }),
});

export interface PreparedCheckpoint {
  bytes: number;
  /** Makes it the one that start-up reads; durable on return. What it covers may then be removed. */
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/** Writes a checkpoint that counts only when it is published. */
export async function prepareCheckpoint(
  files: FileLayer,
  directory: string,
  covers: SegmentName,
  table: TaskTable,
): Promise<PreparedCheckpoint> {
  const path = join(directory, segmentFile(covers));
  const temporary = temporaryName(path);
  const file = await files.open(temporary, 'create');
  let bytes: number;
  try {
    bytes = await writeEntries(file, [...table.entries]);
    await file.datasync();
  } finally {
    await file.close();
  }
  const publish = async (): Promise<void> => {
    await files.rename(temporary, path);
    await files.syncDirectory(directory);
  };
  return { bytes, publish, discard: () => files.remove(temporary) };
}

/** In chunks, with other work between them. */
async function writeEntries(file: OpenFile, entries: readonly TaskEntry[]): Promise<number> {
  let size = 0;
  let chunk = encodeLine({ type: 'checkpoint', version: VERSION } satisfies CheckpointLine);
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(chunk);
    chunk = '';
    await file.write(size, bytes);
    size += bytes.length;
  };
  for (const entry of entries) {
    chunk += encodeLine(lineOf(entry));
    if (chunk.length > CHUNK_BYTES) await flush();
  }
  await flush();
  return size;
}

/** Fills the table from the newest checkpoint. Returns what it covers; undefined when there is none. */
export async function readCheckpoint(
  files: FileLayer,
  directory: string,
  table: TaskTable,
  damaged: DamagedLines,
): Promise<{ covers: SegmentName; bytes: number } | undefined> {
  const covers = (await segmentsIn(files, directory)).at(-1);
  if (!covers) return undefined;
  const name = segmentFile(covers);
  const bytes = await readWhole(files, join(directory, name));
  for (const line of decodeLines(bytes)) {
    if (line.record !== undefined) enter(table, line.record as CheckpointLine);
    else await damaged.found(`checkpoint-${name}`, line, bytes.subarray(line.start, line.end));
  }
  return { covers, bytes: bytes.length };
}

function enter(table: TaskTable, line: CheckpointLine): void {
  if (line.type === 'checkpoint') return;
  if (line.type === 'open') table.put(line.state);
  else table.putSummary(line.summary);
  const taskId = line.type === 'open' ? line.state.record.taskId : line.summary.taskId;
  if (line.damaged !== undefined) table.markDamaged(taskId, line.damaged);
}

/** Removes the segments a durable checkpoint covers, the checkpoints before it, and what was left half made. */
export async function removeCovered(
  files: FileLayer,
  directories: { journal: string; checkpoint: string },
  covers: SegmentName,
): Promise<void> {
  for (const segment of splitAt(await segmentsIn(files, directories.journal), covers).before) {
    await files.remove(join(directories.journal, segmentFile(segment)));
  }
  const { before } = splitAt(await segmentsIn(files, directories.checkpoint), covers);
  for (const older of before.filter(({ epoch, number }) => epoch !== covers.epoch || number !== covers.number)) {
    await files.remove(join(directories.checkpoint, segmentFile(older)));
  }
}

/** Half-written checkpoints of sessions that crashed. Only called while none is being written. */
export async function sweepTemporary(files: FileLayer, directory: string): Promise<void> {
  for (const name of (await files.list(directory)).filter(isTemporary)) await files.remove(join(directory, name));
}
