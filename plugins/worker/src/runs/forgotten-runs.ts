// Invocations of which nothing is kept any more but their ids, a file each: a start that comes late must not run one again.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../files/sync-directory.js';
import { dropOlder } from './data-directory.js';

/** Nobody repeats a start after so long. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

export class ForgottenRuns {
  readonly #directory: string;
  readonly #ids = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  has(invocationId: string): boolean {
    return this.#ids.has(invocationId);
  }

  /** Finds those of an earlier worker. Repeat: yes. */
  async read(): Promise<void> {
    for (const name of await readdir(this.#directory)) this.#ids.add(name);
  }

  async add(invocationId: string): Promise<void> {
    await writeFile(join(this.#directory, invocationId), '', { mode: 0o600 });
    await syncDirectory(this.#directory);
    this.#ids.add(invocationId);
  }

  async dropOld(now: number): Promise<void> {
    for (const name of await dropOlder(this.#directory, now - KEPT_MS)) this.#ids.delete(name);
  }
}
