// An agent whose standard output is its result: prose, or JSON as a whole or in its last line. Kept whole besides being
// shown.
import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Recorder } from '../runs/recorder.js';
import { writeText } from '../files/write-text.js';
import { failureInWords } from './agent-failure.js';
import type { AgentOutput, AgentWord } from './agent-output.js';
import { valueAt } from './json-pointer.js';
import type { PieceReader } from './piece-reader.js';
import type { OutputText } from './secret-filter.js';

/** JSON is parsed whole, in memory. */
const JSON_BYTES = 8 * 1024 * 1024;

export interface PlainOutputOptions {
  readonly format: 'text' | 'json';
  /** JSON pointer to the result. */
  readonly pointer?: string;
  /** JSON pointer to the text that tells why it failed. */
  readonly failure?: string;
  /** Where the output is kept, and how much of it. */
  readonly file: string;
  readonly limit: number;
}

export class PlainOutput implements AgentOutput {
  readonly #recorder: Recorder;
  readonly #options: PlainOutputOptions;
  readonly #text: OutputText;
  #kept = 0;
  #isFull = false;

  constructor(recorder: Recorder, text: OutputText, options: PlainOutputOptions) {
    this.#recorder = recorder;
    this.#text = text;
    this.#options = options;
  }

  async read(stdout: PieceReader): Promise<void> {
    const file = await open(this.#options.file, 'wx', 0o600);
    try {
      await stdout.each((piece) => {
        if (!this.#isFull || !this.#recorder.isFull) return this.#take(file, this.#text.add(piece));
      });
      await this.#take(file, this.#text.end());
      if (this.#kept > this.#options.limit) await file.truncate(this.#options.limit);
    } finally {
      await file.close();
    }
  }

  async #take(file: FileHandle, text: string): Promise<void> {
    this.#recorder.output('stdout', text);
    if (!this.#isFull) await this.#keep(file, text);
    await this.#recorder.room();
  }

  /** A full disk must not stop the agent: what cannot be kept is dropped, as beyond the limit. */
  async #keep(file: FileHandle, text: string): Promise<void> {
    try {
      this.#kept += await writeText(file, text, this.#kept);
      this.#isFull = this.#kept >= this.#options.limit;
    } catch {
      this.#isFull = true;
      this.#recorder.note('The disk takes no more: the result is not whole.');
    }
  }

  async word(): Promise<AgentWord> {
    const { format, file } = this.#options;
    if (format === 'text') return { result: { file, mediaType: 'text/plain' } };
    for (const text of await this.#candidates()) {
      try {
        return this.#resultIn(JSON.parse(text) as unknown);
      } catch (error) {
        // Not this one: programs often print other things first.
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    const invalid = 'Neither the output of the agent nor its last line is JSON that can be read.';
    return { result: { file, mediaType: 'text/plain' }, invalid };
  }

  /** All of the output, where that is not too large, and its last line. */
  async #candidates(): Promise<string[]> {
    const { size } = await stat(this.#options.file);
    const start = Math.max(0, size - JSON_BYTES);
    let text = '';
    for await (const piece of createReadStream(this.#options.file, { start, encoding: 'utf8' }))
      text += piece as string;
    const lines = text.trimEnd().split('\n');
    const last = lines.at(-1) ?? '';
    return start === 0 ? [text, last] : lines.slice(1).slice(-1);
  }

  #resultIn(json: unknown): AgentWord {
    const { pointer, failure } = this.#options;
    const reason = failure === undefined ? undefined : valueAt(json, failure);
    if (typeof reason === 'string') return { outcome: 'failed', error: failureInWords(reason) };
    if (pointer === undefined) return { result: { json } };
    const value = valueAt(json, pointer);
    if (value === undefined)
      return { result: { json }, invalid: `The JSON output of the agent has nothing at ${pointer}.` };
    return { result: typeof value === 'string' ? { text: value } : { json: value } };
  }
}
