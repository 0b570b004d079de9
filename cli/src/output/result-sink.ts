// Where a result goes: stdout, safe for a terminal, or a file that appears whole or not at all.
import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { DispatchError } from '@agent-dispatch/core/errors';
import { writeAll } from './print.js';
import { escapeControls, jsonText, textFor } from './terminal-text.js';

interface Target {
  handle: FileHandle;
  temporary: string;
  file: string;
}

export class ResultSink {
  /** Pieces may end within a character. */
  private readonly decoder = new StringDecoder('utf8');
  private written = false;
  private endsLine = true;

  private constructor(private readonly target: Target | undefined) {}

  /** Errors: AD_INPUT_INVALID when the file cannot be made. */
  static async open(file: string | undefined): Promise<ResultSink> {
    if (file === undefined) return new ResultSink(undefined);
    const whole = path.resolve(file);
    const temporary = `${whole}.${randomBytes(6).toString('hex')}.part`;
    try {
      return new ResultSink({ handle: await open(temporary, 'wx'), temporary, file: whole });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new DispatchError('AD_INPUT_INVALID', `${file} cannot be written: ${why}.`, { cause: error });
    }
  }

  async value(value: unknown): Promise<void> {
    const text = typeof value === 'string' ? value : jsonText(value);
    if (this.target !== undefined) return await this.bytes(Buffer.from(text));
    const shown = textFor(process.stdout, text);
    await this.text(shown.endsWith('\n') ? shown : `${shown}\n`);
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    this.written = true;
    if (this.target !== undefined) return await this.target.handle.appendFile(bytes);
    if (!process.stdout.isTTY) return await writeAll(process.stdout, bytes);
    await this.text(escapeControls(this.decoder.write(Buffer.from(bytes))));
  }

  /** A file without anything in it is not made. */
  async close(): Promise<void> {
    if (this.target === undefined) return this.endsLine ? undefined : await writeAll(process.stdout, '\n');
    if (!this.written) return await this.discard();
    await this.target.handle.close();
    await rename(this.target.temporary, this.target.file);
  }

  /** Leaves nothing behind when the rest did not come. */
  async discard(): Promise<void> {
    if (this.target === undefined) return;
    await this.target.handle.close();
    await rm(this.target.temporary, { force: true });
  }

  private async text(text: string): Promise<void> {
    this.written = true;
    this.endsLine = text.endsWith('\n');
    await writeAll(process.stdout, text);
  }
}
