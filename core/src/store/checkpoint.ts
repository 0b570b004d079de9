// The checkpoint: all tasks as of some segment of the journal, so that start-up need not read what came before. Written
// while work goes on: it may hold more than that segment, which does no harm, because transitions repeat harmlessly.
import { join } from 'node:path';
import type { DispatchError } from '../errors/index.js';
import { idsIn, type DamagedLines } from './damaged-lines.js';
import type { FileLayer, OpenFile } from './file-layer.js';
import { segmentFile, type SegmentName } from './journal.js';
import { segmentsIn, splitAt } from './journal-reader.js';
import { decodeLines, encodeLine } from './record-codec.js';
import { foreignSchema } from './store-errors.js';
import { fromTuple, toTuple, type SummaryTuple } from './summary-codec.js';
import { summarize, type TaskState } from './task-state.js';
import type { TaskEntry, TaskTable } from './task-table.js';
import { isTemporary, readWhole, temporaryName } from './whole-files.js';

const VERSION = 2;
const CHUNK_BYTES = 256 * 1024;

type CheckpointLine =
  | { type: 'checkpoint'; version: number }
  | { type: 'open'; state: TaskState; damaged?: string }
  | { type: 'rest'; tasks: SummaryTuple[]; damaged?: string }
  /** Purged, but perhaps not removed yet. */
  | { type: 'purge'; tasks: readonly string[] }
  /** Known by its damaged record alone. */
  | { type: 'lost'; taskId: string; damaged: string };

const LINE_TYPES: readonly CheckpointLine['type'][] = ['checkpoint', 'open', 'rest', 'purge', 'lost'];

/** Tasks at rest in one line: fewer lines are read faster, but more tasks suffer from a damaged one. */
const TASKS_PER_LINE = 64;

interface Contents {
  entries: readonly TaskEntry[];
  lost: readonly (readonly [taskId: string, place: string])[];
  leaving: readonly string[];
}

function* linesOf({ entries, lost, leaving }: Contents): Iterable<CheckpointLine> {
  yield { type: 'checkpoint', version: VERSION };
  if (leaving.length > 0) yield { type: 'purge', tasks: leaving };
  for (const [taskId, damaged] of lost) yield { type: 'lost', taskId, damaged };
  let tasks: SummaryTuple[] = [];
  for (const { summary, state, damaged } of entries) {
    if (state) yield { type: 'open', state, damaged };
    else if (damaged !== undefined) yield { type: 'rest', tasks: [toTuple(summary)], damaged };
    else if (tasks.push(toTuple(summary)) === TASKS_PER_LINE) {
      yield { type: 'rest', tasks };
      tasks = [];
    }
  }
  if (tasks.length > 0) yield { type: 'rest', tasks };
}

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
    bytes = await writeLines(
      file,
      linesOf({ entries: [...table.entries], lost: [...table.lost], leaving: [...table.leaving] }),
    );
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
async function writeLines(file: OpenFile, lines: Iterable<CheckpointLine>): Promise<number> {
  let size = 0;
  let chunk = '';
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(chunk);
    chunk = '';
    await file.write(size, bytes);
    size += bytes.length;
  };
  for (const line of lines) {
    chunk += encodeLine(line);
    if (chunk.length > CHUNK_BYTES) await flush();
  }
  await flush();
  return size;
}

/**
 * Fills the table from the newest checkpoint. Returns what it covers; undefined when there is none. Errors: AD_STORE_SCHEMA.
 * @param restore the task as its document has it, if that is sound: what a damaged line said of tasks at rest.
 */
export async function readCheckpoint(
  files: FileLayer,
  directory: string,
  { table, damaged, restore }: CheckpointReading,
): Promise<{ covers: SegmentName; bytes: number } | undefined> {
  const covers = (await segmentsIn(files, directory)).at(-1);
  if (!covers) return undefined;
  const name = segmentFile(covers);
  const bytes = await readWhole(files, join(directory, name));
  for (const line of decodeLines(bytes)) {
    if (line.record !== undefined) {
      enter(table, name, line.record as CheckpointLine);
      continue;
    }
    const raw = bytes.subarray(line.start, line.end);
    const rests = REST_LINE.test(raw.toString('latin1', 0, 40));
    const hurt: string[] = [];
    for (const taskId of idsIn(raw)) {
      const state = rests ? await restore(taskId) : undefined;
      if (!state) hurt.push(taskId);
      else if (!table.get(taskId)) table.putSummary(summarize(state));
    }
    await damaged.found(`checkpoint-${name}`, line, raw, hurt);
  }
  return { covers, bytes: bytes.length };
}

export interface CheckpointReading {
  table: TaskTable;
  damaged: DamagedLines;
  restore: (taskId: string) => Promise<TaskState | undefined>;
}

const REST_LINE = /^\{"crc":"[0-9a-f]{8}","type":"rest"/;

/** Errors: AD_STORE_SCHEMA. */
function enter(table: TaskTable, name: string, line: CheckpointLine): void {
  const foreign = (found: unknown, known: unknown): DispatchError =>
    foreignSchema(`The checkpoint ${name}`, { found, known });
  switch (line.type) {
    case 'checkpoint':
      if (line.version !== VERSION) throw foreign(line.version, VERSION);
      return;
    case 'open':
      table.put(line.state);
      if (line.damaged !== undefined) table.markDamaged(line.state.record.taskId, line.damaged);
      return;
    case 'rest':
      for (const tuple of line.tasks) {
        table.putSummary(fromTuple(tuple));
        if (line.damaged !== undefined) table.markDamaged(tuple[0], line.damaged);
      }
      return;
    case 'purge':
      table.apply(line);
      return;
    case 'lost':
      table.markDamaged(line.taskId, line.damaged);
      return;
    default:
      throw foreign((line as { type?: unknown }).type, LINE_TYPES);
  }
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
