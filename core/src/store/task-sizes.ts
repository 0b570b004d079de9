// What a task takes on disk, measured once, when it goes to rest: nothing of it grows after that.
import { join } from 'node:path';
import type { FileLayer } from './file-layer.js';
import type { TaskPaths } from './task-paths.js';
import type { TaskState } from './task-state.js';

export class TaskSizes {
  constructor(
    private readonly files: FileLayer,
    private readonly paths: TaskPaths,
  ) {}

  /** @param document bytes of the task's document. */
  async measure({ record: { taskId }, eventFile }: TaskState, document: number): Promise<number> {
    const blobs = this.paths.blobs(taskId);
    const names = await this.files.list(blobs);
    const files = [this.paths.log(taskId), ...names.map((name) => join(blobs, name))];
    let bytes = document + (eventFile?.bytes ?? 0);
    for (const file of files) bytes += (await this.files.fileSize(file)) ?? 0;
    return bytes;
  }
}
