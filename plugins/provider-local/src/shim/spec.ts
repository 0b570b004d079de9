// What the host tells a shim: one JSON object on the shim's standard input, because it holds secrets. Never written to a file.

export interface ShimSpec {
  /** Absolute path of the attempt's directory, and the attempt's name. */
  readonly root: string;
  readonly name: string;
  /** Which claim to take; when it is taken already, the shim ends without running anything. */
  readonly generation: number;
  /** Value of the variable that marks every process of the work. */
  readonly mark: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  /** The whole environment of the work, secrets included. */
  readonly environment: Readonly<Record<string, string>>;
  /** Standard input; empty input when absent. */
  readonly input?: string;
  /** Epoch milliseconds; the work is stopped then, whatever became of the dispatcher. */
  readonly deadline: number;
  /** How long processes that the program left behind may take to end by themselves. */
  readonly lingerMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Bytes of output that are kept; what comes after is read and dropped. */
  readonly outputLimit: number;
}

/** Exit codes of the shim, for the host's diagnosis. */
export const SHIM_EXIT = { done: 0, claimTaken: 3, noSpec: 4 } as const;
