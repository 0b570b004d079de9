// The audit files: JSON lines, appended and never changed, beside the tasks and not part of them. Each is bounded: a file that
// is full is set aside under a number, and the oldest of those goes. Not synced: a loss of power may take the latest
// lines, never a task. What stands in a line is the matter of operations/audit.ts.
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../config/thrown.js';
import type { Logger } from '../provider/index.js';

export interface AuditTrail {
  /**
   * Returns when the line is kept, or was told to be lost. Never throws.
   * @param changed whether the call that it tells of changed something. The others stand in a file of their own: they
   * cost their caller nothing, and no number of them may push out what was done.
   */
  write(line: object, changed: boolean): Promise<void>;
}

const NAMES = { changed: 'audit.jsonl', unchanged: 'audit-unchanged.jsonl' };
/** Over this size a file is set aside. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Files set aside: `audit.jsonl.1` is the newest of them. */
const KEPT = 4;

export interface AuditOptions {
  stateDir: string;
  logger: Logger;
  /** Default 16 MiB. */
  maxBytes?: number;
}

export class AuditFiles implements AuditTrail {
  readonly #changed: AuditFile;
  readonly #unchanged: AuditFile;

  constructor(options: AuditOptions) {
    this.#changed = new AuditFile(NAMES.changed, options);
    this.#unchanged = new AuditFile(NAMES.unchanged, options);
  }

  async write(line: object, changed: boolean): Promise<void> {
    await (changed ? this.#changed : this.#unchanged).write(line);
  }
}

class AuditFile {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #maxBytes: number;
  /** Lines for the next append. */
  #waiting: string[] = [];
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Lines that could not be written since the last that could. */
  #missing = 0;

  constructor(name: string, { stateDir, logger, maxBytes = MAX_BYTES }: AuditOptions) {
    this.#file = join(stateDir, name);
    this.#logger = logger;
    this.#maxBytes = maxBytes;
  }

  async write(line: object): Promise<void> {
    this.#waiting.push(JSON.stringify(line));
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => this.#append());
      this.#last = this.#next;
    }
    await this.#next;
  }

  /** All that came meanwhile, with one write. */
  async #append(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    try {
      await this.#put(lines);
      this.#missing = 0;
    } catch (error) {
      this.#missing += lines.length;
      this.#logger.warn('the audit file cannot be written', { error: String(error), missing: this.#missing });
    }
  }

  async #put(lines: readonly string[]): Promise<void> {
    let handle = await open(this.#file, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      if (size > this.#maxBytes) {
        await handle.close();
        // Where that fails the file grows on: no line is worth less than the bound.
        await this.#setAside().catch((error: unknown) =>
          this.#logger.warn('the audit file cannot be set aside', { error: String(error) }),
        );
        handle = await open(this.#file, 'a+', 0o600);
      }
      // A process that was killed may have left half a line.
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      const isTorn = bytesRead === 1 && buffer[0] !== 0x0a;
      const gap = this.#missing > 0 ? [JSON.stringify({ at: new Date().toISOString(), missing: this.#missing })] : [];
      await handle.appendFile(`${isTorn ? '\n' : ''}${[...gap, ...lines].join('\n')}\n`);
    } finally {
      await handle.close();
    }
  }

  async #setAside(): Promise<void> {
    await rm(`${this.#file}.${String(KEPT)}`, { force: true });
    for (let number = KEPT - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.#file : `${this.#file}.${String(number)}`;
      await rename(from, `${this.#file}.${String(number + 1)}`).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error;
      });
    }
  }
}
