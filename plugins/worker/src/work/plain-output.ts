// An agent whose standard output is its result: prose, or JSON as a whole or in its last line. Kept byte for byte besides
// being shown.
import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Recorder } from '../runs/recorder.js';
import { eachPiece, type AgentOutput, type AgentWord } from './agent-output.js';
import { valueAt } from './json-pointer.js';

/** JSON is parsed whole, in memory. */
const JSON_BYTES = 8 * 1024 * 1024;

export interface PlainOutputOptions {
  readonly format: 'text' | 'json';
  /** JSON pointer to the result. */
  readonly pointer?: string;
  /** Where the output is kept, and how much of it. */
  readonly file: string;
  readonly limit: number;
}

export class PlainOutput implements AgentOutput {
  readonly #recorder: Recorder;
  readonly #options: PlainOutputOptions;
  readonly #decoder = new StringDecoder('utf8');
  #room: number;

  constructor(recorder: Recorder, options: PlainOutputOptions) {
    this.#recorder = recorder;
    this.#options = options;
    this.#room = options.limit;
  }

  async read(stdout: Readable): Promise<void> {
    const file = await open(this.#options.file, 'wx', 0o600);
    try {
      await eachPiece(stdout, async (piece) => {
        this.#recorder.output('stdout', this.#decoder.write(piece));
        await this.#keep(file, piece);
        await this.#recorder.room();
      });
    } finally {
      await file.close();
    }
    this.#recorder.output('stdout', this.#decoder.end());
  }

  /** A full disk must not stop the agent: what cannot be kept is dropped, as beyond the limit. */
  async #keep(file: FileHandle, piece: Buffer): Promise<void> {
    const kept = piece.subarray(0, Math.max(this.#room, 0));
    this.#room -= piece.length;
    if (kept.length === 0) return;
    try {
      await file.appendFile(kept);
    } catch {
      this.#room = 0;
      this.#recorder.note('The disk takes no more: the result is not whole.');
    }
  }

  async word(): Promise<AgentWord> {
    const { format, file } = this.#options;
    const { size } = await stat(file);
    const whole: AgentWord = { result: { file, mediaType: format === 'json' ? 'application/json' : 'text/plain' } };
    if (format === 'text') return whole;
    if (size > JSON_BYTES) return failed(whole, `The JSON output has ${size} bytes; at most ${JSON_BYTES} are read.`);
    return this.#readJson(await readFile(file, 'utf8'));
  }

  #readJson(text: string): AgentWord {
    for (const candidate of [text, text.trimEnd().split('\n').at(-1) ?? '']) {
      try {
        return this.#resultIn(JSON.parse(candidate) as unknown);
      } catch (error) {
        // Not this one: programs often print other things first.
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    return failed({ result: { text } }, 'Neither the output of the agent nor its last line is JSON.');
  }

  #resultIn(json: unknown): AgentWord {
    const { pointer } = this.#options;
    if (pointer === undefined) return { result: { json } };
    const value = valueAt(json, pointer);
    if (value === undefined)
      return failed({ result: { json } }, `The JSON output of the agent has nothing at ${pointer}.`);
    return { result: typeof value === 'string' ? { text: value } : { json: value } };
  }
}

const failed = (word: AgentWord, message: string): AgentWord => ({
  ...word,
  outcome: 'failed',
  error: { code: 'RESULT_INVALID', message },
});
