// What every protocol face sees of the work: runs by invocation id, their events by sequence number. How a run is carried
// out, kept on disk and found again stands behind it.
import type {
  Artifact,
  Receipt,
  WorkerEvent,
  WorkerMessage,
  WorkerRefusal,
  WorkerState,
  WorkerTask,
} from '@agent-dispatch/schemas';

export interface Runs {
  /** Made at the first request, not when the program began: machines restored from one snapshot must not share it. */
  readonly bootId: string;
  /**
   * Begins a run. Repeat: with the same invocation id it gives the run that is there and begins nothing.
   * Errors: RunRefused `refused` when the agent cannot take what is asked, `another_task`, `invalid`, `digest_mismatch`, `full`,
   * `ended` when it ended so long ago that nothing of it is kept.
   */
  start(task: WorkerTask): Promise<Run>;
  /** Places a piece of a file for a run that has not begun. Returns the bytes that are there. Errors: RunRefused. */
  putInput(invocationId: string, piece: InputPiece): Promise<number>;
  get(invocationId: string): Run | undefined;
}

/** Why a call was refused. Nothing was begun and nothing changed. */
export class RunRefused extends Error {
  override readonly name = 'RunRefused';

  constructor(
    readonly code: WorkerRefusal['code'],
    message: string,
  ) {
    super(message);
  }
}

export interface InputPiece {
  readonly path: string;
  readonly sha256: string;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** An event that is recorded: numbered and dated. */
export type RunEvent = WorkerEvent & { readonly seq: number; readonly at: number };

export interface Run {
  readonly invocationId: string;
  readonly taskId: string;
  readonly state: WorkerState;
  /** Sequence number of the newest event; 0 before the first. */
  readonly lastSeq: number;
  /** Events after `after` as they are recorded, each once, until `ended` has been given or the signal aborts. */
  events(after: number, signal: AbortSignal): AsyncIterable<RunEvent>;
  /** Gives the agent a message. Repeat: the same id gives the same receipt. */
  send(message: WorkerMessage): Promise<Receipt>;
  /** Resolves when nothing of the run is at work any more; `ended` is recorded then. Repeat: yes. */
  cancel(reason?: string): Promise<void>;
  /** A collected file, readable as long as the run is kept; undefined when there is none of that name. */
  artifact(name: string): (Artifact & { readonly file: string }) | undefined;
}
