// The directory of one run: where its record, events, inputs, work and artifacts are.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Artifact, Receipt, WorkerState } from '@agent-dispatch/schemas';
import { syncDirectory } from '../files/sync-directory.js';
import type { ProcessIdentity } from '../processes/process-identity.js';
import { hasCode } from '../system-error.js';

export const PRIVATE = 0o700;

export interface RunFiles {
  readonly root: string;
  readonly record: string;
  readonly events: string;
  /** Standard output, where it is the result. */
  readonly output: string;
  /** A value too large for the last event. */
  readonly result: string;
  readonly outputSchema: string;
  /** The run's own working directory. */
  readonly work: string;
  /** Collected files, by their digest. */
  readonly artifacts: string;
}

export const runFilesIn = (root: string): RunFiles => ({
  root,
  record: join(root, 'run.json'),
  events: join(root, 'events.jsonl'),
  output: join(root, 'output'),
  result: join(root, 'result'),
  outputSchema: join(root, 'output-schema.json'),
  work: join(root, 'work'),
  artifacts: join(root, 'artifacts'),
});

/** What is kept of a run beside its events. Neither its instruction nor anything secret. */
export interface RunRecord {
  readonly version: 1;
  readonly invocationId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly startedAt: number;
  state: WorkerState;
  /** Leader of the agent's process group, as soon as it is there. */
  leader?: ProcessIdentity;
  artifacts: Artifact[];
  /** What became of messages, by their ids. */
  receipts: [id: string, receipt: Receipt][];
  endedAt?: number;
  /** Where the events of a run that ended do. */
  eventsEnd?: EventsPlace;
}

/** The event of this number ends before this offset. */
export interface EventsPlace {
  readonly seq: number;
  readonly offset: number;
}

/** Takes the place of the former record at one stroke. Calls must not overlap. */
export async function writeRecord(files: RunFiles, record: RunRecord, { isSynced = false } = {}): Promise<void> {
  const draft = `${files.record}.new`;
  await writeFile(draft, JSON.stringify(record), { mode: 0o600, flush: isSynced });
  await rename(draft, files.record);
  if (!isSynced) return;
  await syncDirectory(files.root);
  await syncDirectory(dirname(files.root));
}

/** When nothing is at work: results and artifacts are kept elsewhere. What cannot be removed now goes with the run. */
export async function removeWork({ work, output, result }: RunFiles): Promise<void> {
  for (const path of [work, output, result]) await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** Undefined where the worker ended before it had written one: then nothing was begun. */
export async function readRecord(files: RunFiles): Promise<RunRecord | 'unreadable' | undefined> {
  try {
    return JSON.parse(await readFile(files.record, 'utf8')) as RunRecord;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}
