// The file system of one microVM: a temporary directory, made on first use and gone with it.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Disk {
  #made: string | undefined;

  readonly path = (): string => (this.#made ??= mkdtempSync(join(tmpdir(), 'fake-agentcore-')));

  readonly remove = async (): Promise<void> => {
    // What was killed there may still be on its way out.
    const patience = { maxRetries: 10, retryDelay: 50 };
    if (this.#made !== undefined) await rm(this.#made, { recursive: true, force: true, ...patience });
  };
}
