// Directories whose names survive a power loss. That one exists proves nothing: whoever made it may not have synced it
// yet, so each is synced once by us, whoever made it.
import { dirname, join } from 'node:path';
import { codeOf } from '../config/thrown.js';
import type { FileLayer } from './file-layer.js';
import { SharedSyncs } from './shared-syncs.js';

/** More would only cost memory: a forgotten one is synced once again. */
const REMEMBERED = 4096;

export class DurableDirectories {
  readonly #known = new Set<string>();
  readonly #syncs: SharedSyncs;

  constructor(
    private readonly files: FileLayer,
    private readonly root: string,
  ) {
    this.#syncs = new SharedSyncs(files);
  }

  /** Makes the directory of these names below the root, and every missing one above it. Durable on return. */
  async make(names: readonly string[]): Promise<void> {
    if (await this.begin(names)) await this.settle(names);
  }

  /** Makes it; durable when `settle` has returned. Whether there is anything to settle. */
  async begin(names: readonly string[]): Promise<boolean> {
    const path = join(this.root, ...names);
    if (this.#known.has(path)) return false;
    await this.files.makeDirectory(path);
    return true;
  }

  async settle(names: readonly string[]): Promise<void> {
    let parent = this.root;
    for (const name of names) {
      const path = join(parent, name);
      if (!this.#known.has(path)) await this.#syncs.sync(parent);
      this.#remember(path);
      parent = path;
    }
  }

  #remember(path: string): void {
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.add(path);
  }
}

/** Makes the name of a directory durable, and those of all above it, whoever made them. */
export async function syncAbove(files: FileLayer, directory: string): Promise<void> {
  for (let path = directory; dirname(path) !== path; path = dirname(path)) {
    try {
      await files.syncDirectory(dirname(path));
    } catch (error) {
      // One that we may not open was there before us, and so was everything above it.
      if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') return;
      throw error;
    }
  }
}
