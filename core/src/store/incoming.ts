// Values that are stored before their task is there. An empty file names the task until it is, so that whoever opens the
// state directory next removes what a crash left behind.
import { join } from 'node:path';
import type { IncomingValues } from './backing.js';
import type { Blobs } from './blobs.js';
import type { FileLayer } from './file-layer.js';
import { isTaskId } from './task-id.js';

const INCOMING = 'incoming';

export class Incoming {
  readonly #directory: string;

  constructor(
    private readonly files: FileLayer,
    stateDir: string,
  ) {
    this.#directory = join(stateDir, INCOMING);
  }

  /** Tasks that a process named and did not live to make, or to say that it had. */
  async leftBehind(): Promise<string[]> {
    return (await this.files.list(this.#directory)).filter(isTaskId);
  }

  /** Not synced: after a power loss that takes the name along, nobody misses more than the room on the disk. */
  async begin(taskId: string, blobs: Blobs): Promise<IncomingValues> {
    await this.files.makeDirectory(this.#directory);
    const file = await this.files.open(join(this.#directory, taskId), 'update');
    await file.close();
    const names = new Set<string>();
    return {
      put: async (name, content) => {
        const info = await blobs.add(taskId, name, content);
        names.add(info.name);
        return info;
      },
      settle: async () => {
        if (names.size > 0) await blobs.settle(taskId, names);
      },
      arrived: () => this.forget(taskId),
    };
  }

  forget(taskId: string): Promise<void> {
    return this.files.remove(join(this.#directory, taskId));
  }
}
