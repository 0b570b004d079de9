// Where a result goes: stdout, safe for a terminal, or a file that appears whole or not at all.
import { StringDecoder } from 'node:string_decoder';
import { writeAll } from './print.js';
import { escapeControls, jsonText, textFor } from './terminal-text.js';
import { WholeFile } from './whole-file.js';

export class ResultSink {
  /** Pieces may end within a character. */
  private readonly decoder = new StringDecoder('utf8');
  private written = false;
  private endsLine = true;

  private constructor(private readonly target: WholeFile | undefined) {}

  /** Errors: AD_INPUT_INVALID when the file cannot be made. */
  static async open(file: string | undefined): Promise<ResultSink> {
    return new ResultSink(file === undefined ? undefined : await WholeFile.open(file));
  }

  async value(value: unknown): Promise<void> {
    const text = typeof value === 'string' ? value : jsonText(value);
    if (this.target !== undefined) return await this.bytes(Buffer.from(text));
    const shown = textFor(process.stdout, text);
    await this.text(shown.endsWith('\n') ? shown : `${shown}\n`);
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    this.written = true;
    if (this.target !== undefined) return await this.target.write(bytes);
    if (!process.stdout.isTTY) return await writeAll(process.stdout, bytes);
    await this.text(escapeControls(this.decoder.write(Buffer.from(bytes))));
  }

  /** A file without anything in it is not made. */
  async close(): Promise<void> {
    if (this.target === undefined) return this.endsLine ? undefined : await writeAll(process.stdout, '\n');
    if (!this.written) return await this.discard();
    await this.target.publish(true);
  }

  /** Leaves nothing behind when the rest did not come. */
  async discard(): Promise<void> {
    await this.target?.discard();
  }

  private async text(text: string): Promise<void> {
    this.written = true;
    this.endsLine = text.endsWith('\n');
    await writeAll(process.stdout, text);
  }
}
