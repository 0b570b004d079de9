// A file that appears whole or not at all: written under a name of its own beside it, and named when it is complete.
import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { DispatchError } from '@agent-dispatch/core/errors';
import { errorCode } from '../error-code.js';

export class WholeFile {
  private constructor(
    readonly file: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
  ) {}

  /** Errors: AD_INPUT_INVALID when the file cannot be made. */
  static async open(file: string): Promise<WholeFile> {
    const whole = path.resolve(file);
    const temporary = `${whole}.${randomBytes(6).toString('hex')}.part`;
    try {
      return new WholeFile(whole, temporary, await open(temporary, 'wx'));
    } catch (error) {
      throw notWritable(file, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.handle.appendFile(bytes);
  }

  /** @param replace what has the name. Errors: AD_INPUT_INVALID when something has, and may not be replaced. */
  async publish(replace: boolean): Promise<void> {
    await this.handle.close();
    try {
      if (replace) await rename(this.temporary, this.file);
      else await this.publishNew();
    } catch (error) {
      await rm(this.temporary, { force: true });
      throw error instanceof DispatchError ? error : notWritable(this.file, error);
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.handle.close();
    await rm(this.temporary, { force: true });
  }

  /** A second name never replaces another file, as a new name would. */
  private async publishNew(): Promise<void> {
    try {
      await link(this.temporary, this.file);
      return await rm(this.temporary);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw alreadyThere([this.file]);
    }
    // Not every file system knows second names.
    if (await isThere(this.file)) throw alreadyThere([this.file]);
    await rename(this.temporary, this.file);
  }
}

/** Be it a link that leads to nothing. */
export async function isThere(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    (error: unknown) => errorCode(error) !== 'ENOENT',
  );
}

export const alreadyThere = (files: readonly string[]): DispatchError =>
  new DispatchError('AD_INPUT_INVALID', `There already: ${files.slice(0, 5).join(', ')}.`, {
    hint: 'Pass --force to replace it, or name another place with --output.',
  });

const notWritable = (file: string, error: unknown): DispatchError => {
  const why = error instanceof Error ? error.message : String(error);
  return new DispatchError('AD_INPUT_INVALID', `${file} cannot be written: ${why}.`, { cause: error });
};
