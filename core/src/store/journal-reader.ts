// Reads the journal's tail at start-up: cuts what a crash tore off at the end, keeps aside what is damaged in the
// middle, and makes durable what it has read before anything is built on it.
import { join } from 'node:path';
import type { DamagedLines } from './damaged-lines.js';
import type { FileLayer } from './file-layer.js';
import { JOURNAL_VERSION, segmentFile, type SegmentHeader, type SegmentName } from './journal.js';
import { decodeLines, type Line } from './record-codec.js';
import { foreignSchema } from './store-errors.js';
import { TRANSITION_TYPES, type Transition } from './transitions.js';
import { readWhole } from './whole-files.js';

const NAME = /^([1-9]\d*)-([1-9]\d*)\.jsonl$/;

interface Segment extends SegmentName {
  file: string;
  bytes: Buffer;
}

export interface JournalTail {
  /** Bytes that count of each segment read. */
  sealed: Record<string, number>;
  bytes: number;
  segments: number;
  /** The latest one; undefined when there is none. */
  last: SegmentName | undefined;
}

const isLater = (a: SegmentName, b: SegmentName): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.number > b.number);

/** Segments (or checkpoints: they are named alike) in a directory, in the order in which they were written. */
export async function segmentsIn(files: FileLayer, directory: string): Promise<SegmentName[]> {
  const names = (await files.list(directory)).map((name) => NAME.exec(name)).filter((match) => match !== null);
  return names
    .map(([, epoch, number]) => ({ epoch: Number(epoch), number: Number(number) }))
    .sort((a, b) => (isLater(a, b) ? 1 : -1));
}

/** Those that a checkpoint does not cover, or does. */
export const splitAt = (
  names: readonly SegmentName[],
  covered: SegmentName | undefined,
): { before: SegmentName[]; after: SegmentName[] } => ({
  before: names.filter((name) => covered !== undefined && !isLater(name, covered)),
  after: names.filter((name) => covered === undefined || isLater(name, covered)),
});

export interface TailOptions {
  /** What a checkpoint tells already. */
  covered: SegmentName | undefined;
  /** The epoch whose owner closed its journal: nothing but an unfinished line can have been torn there. */
  closed: number | undefined;
  apply: (transition: Transition) => void;
  damaged: DamagedLines;
}

/** Gives every transition after the covered segments to `apply`, in order. Errors: AD_STORE_SCHEMA. */
export async function readTail(
  files: FileLayer,
  directory: string,
  { covered, closed, apply, damaged }: TailOptions,
): Promise<JournalTail> {
  const segments: Segment[] = [];
  for (const name of splitAt(await segmentsIn(files, directory), covered).after) {
    const file = segmentFile(name);
    const bytes = await readWhole(files, join(directory, file));
    assertOurs(file, bytes);
    segments.push({ ...name, file, bytes });
  }
  const limits = sealedLengths(segments);
  const tail: JournalTail = { sealed: {}, bytes: 0, segments: segments.length, last: segments.at(-1) };
  for (const [index, segment] of segments.entries()) {
    const limit = limits.get(segment.file);
    // Within an epoch the next segment is begun when all of this one is synced: only the last can be torn.
    const mayBeTorn = limit === undefined && segments[index + 1]?.epoch !== segment.epoch;
    const lines = [...decodeLines(segment.bytes.subarray(0, limit))];
    const counts = (line: Line): boolean => (segment.epoch === closed ? line.complete : line.record !== undefined);
    const end = mayBeTorn ? (lines.findLast(counts)?.end ?? 0) : segment.bytes.subarray(0, limit).length;
    await settle(files, join(directory, segment.file), segment.bytes.length, limit ?? end);
    for (const line of lines) {
      const raw = segment.bytes.subarray(line.start, line.end);
      if (line.start >= end) await damaged.cutOff(segment.file, line, raw);
      else if (line.record === undefined) await damaged.found(segment.file, line, raw);
      else if (!isHeader(line.record)) apply(asTransition(segment.file, line.record));
    }
    tail.sealed[segment.file] = end;
    tail.bytes += end;
  }
  return tail;
}

const isHeader = (record: unknown): record is SegmentHeader =>
  (record as { type?: unknown } | undefined)?.type === 'segment';

/** Before anything is cut from it. */
function assertOurs(file: string, bytes: Buffer): void {
  const [first] = decodeLines(bytes);
  if (!isHeader(first?.record) || first.record.version === JOURNAL_VERSION) return;
  throw foreignSchema(`The journal file ${file}`, { found: first.record.version, known: JOURNAL_VERSION });
}

function asTransition(file: string, record: unknown): Transition {
  const { type } = record as Transition;
  if (TRANSITION_TYPES.includes(type)) return record as Transition;
  throw foreignSchema(`The journal file ${file}`, { found: type, known: TRANSITION_TYPES });
}

/** What later sessions found when they took over: a writer that did not know yet may have added more. */
function sealedLengths(segments: readonly Segment[]): Map<string, number> {
  const limits = new Map<string, number>();
  for (const { bytes } of segments) {
    const [first] = decodeLines(bytes);
    const sealed = isHeader(first?.record) ? first.record.sealed : undefined;
    for (const [file, length] of Object.entries(sealed ?? {})) {
      limits.set(file, Math.min(length, limits.get(file) ?? length));
    }
  }
  return limits;
}

/** A killed writer leaves lines that the disk may not have yet. */
async function settle(files: FileLayer, path: string, found: number, length: number): Promise<void> {
  const file = await files.open(path, 'update');
  try {
    if (length < found) await file.truncate(length);
    await file.datasync();
  } finally {
    await file.close();
  }
}
