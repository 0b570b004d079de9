// Syncs of directories, shared: whoever asks while one runs waits for the next, together with all others that do.
import type { FileLayer } from './file-layer.js';

interface Syncs {
  running: Promise<void>;
  next?: Promise<void>;
}

export class SharedSyncs {
  readonly #syncs = new Map<string, Syncs>();

  constructor(private readonly files: FileLayer) {}

  /** Names made in the directory before the call survive a power loss on return. */
  sync(directory: string): Promise<void> {
    const syncs = this.#syncs.get(directory);
    if (!syncs) return this.#begin(directory);
    // The one that runs may have begun before the caller's names were there.
    const again = (): Promise<void> => this.#begin(directory);
    return (syncs.next ??= syncs.running.then(again, again));
  }

  #begin(directory: string): Promise<void> {
    const syncs: Syncs = { running: this.files.syncDirectory(directory) };
    this.#syncs.set(directory, syncs);
    const done = (): void => {
      if (this.#syncs.get(directory) === syncs && !syncs.next) this.#syncs.delete(directory);
    };
    syncs.running.then(done, done);
    return syncs.running;
  }
}
