// The few file operations that the local store is built on. Injected, so that tests can count, fail or undo them.

export interface OpenFile {
  /** Up to `length` bytes; fewer only at the end of the file. */
  read(position: number, length: number): Promise<Buffer>;
  /** Writes all of `bytes`. When it fails, part of them may be there. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  /** Content and size survive a power loss on return. */
  datasync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** `read`: must exist. `create`: must not exist. `update`: made when absent. New files are private to the user. */
export type OpenMode = 'read' | 'create' | 'update';

/** Failures are Node's errors with their `code`, where nothing else is said. */
export interface FileLayer {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** Size of a regular file; undefined when there is none. */
  fileSize(path: string): Promise<number | undefined>;
  /** Whether anything has this name. */
  exists(path: string): Promise<boolean>;
  /** Names in a directory, in no order; none when it does not exist. */
  list(directory: string): Promise<string[]>;
  /** With missing parents, private to the user. No error when it exists. */
  makeDirectory(path: string): Promise<void>;
  /** Replaces `to`. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for the same file; EEXIST when `to` exists. */
  link(from: string, to: string): Promise<void>;
  /** A file or a directory with all in it; no error when absent. */
  remove(path: string): Promise<void>;
  /** Names made, replaced or removed in the directory survive a power loss on return. */
  syncDirectory(path: string): Promise<void>;
}
