// A configuration as the rest of core sees it: validated, with absolute paths.
import type { Config } from '@agent-dispatch/schemas';

/** A place in the file that a pointer refers to; line counts from 1. */
export interface Place {
  file: string;
  line?: number;
}

export interface LoadedConfig {
  /** Valid against the schema; as written, no defaults filled in. */
  readonly config: Config;
  /** Absolute path of the file; absent for the built-in configuration used where none is found. */
  readonly file?: string;
  /** Relative paths in the configuration count from here. Absolute. */
  readonly baseDir: string;
  /** Absolute. */
  readonly stateDir: string;
  /** SHA-256 over the canonical JSON of what of `config` concerns tasks; differs when a running dispatcher holds another one. */
  readonly digest: string;
  /** Where a JSON pointer (RFC 6901) stands in the file. */
  locate(pointer: string): Place | undefined;
}
