// Where the files of a task are. Names from outside never become paths: ids are checked, values are named by digest.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DurableDirectories } from './durable-directories.js';
import type { FileLayer } from './file-layer.js';
import { taskDay } from './task-id.js';

const TASKS = 'tasks';
const BLOBS = 'blobs';

export class TaskPaths {
  readonly #directories: DurableDirectories;

  constructor(
    files: FileLayer,
    private readonly stateDir: string,
  ) {
    this.#directories = new DurableDirectories(files, stateDir);
  }

  directory(taskId: string): string {
    return join(this.stateDir, ...names(taskId));
  }

  /** Makes the task's directory, durably. */
  make = (taskId: string): Promise<void> => this.#directories.make(names(taskId));

  /** Makes it; durable when `settle` has returned. */
  begin = (taskId: string): Promise<boolean> => this.#directories.begin(names(taskId));

  settle = (taskId: string): Promise<void> => this.#directories.settle(names(taskId));

  makeForBlobs = (taskId: string): Promise<void> => this.#directories.make([...names(taskId), BLOBS]);

  document = (taskId: string): string => join(this.directory(taskId), 'task.json');
  events = (taskId: string): string => join(this.directory(taskId), 'events.jsonl');
  log = (taskId: string): string => join(this.directory(taskId), 'log.jsonl');
  blobs = (taskId: string): string => join(this.directory(taskId), BLOBS);
  blob = (taskId: string, name: string): string => join(this.blobs(taskId), blobFile(name));
}

const names = (taskId: string): string[] => [TASKS, taskDay(taskId), taskId];

/**
 * A file name for any value name: a digest, so that none escapes, collides in a case-insensitive file system or is too
 * long, and as much of the name's end as is harmless, for people who look into the directory.
 */
function blobFile(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  const readable = name
    .replace(/^.*\//s, '')
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(-40);
  return `${digest}-${readable}`;
}
