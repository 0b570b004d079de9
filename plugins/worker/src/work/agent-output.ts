// What an agent prints on standard output, read to its end: shown as it comes, and understood as its result at the end.
import type { Readable } from 'node:stream';
import type { Recorder } from '../runs/recorder.js';
import type { OutputText } from './secret-filter.js';

/** What the agent said of its end, or what its output is taken for. */
export interface AgentWord {
  readonly outcome?: 'succeeded' | 'failed';
  readonly result?: AgentResult;
  readonly error?: { readonly code: string; readonly message: string };
  /** Why what it printed is not what was declared. */
  readonly invalid?: string;
}

export type AgentResult =
  { readonly text: string } | { readonly json: unknown } | { readonly file: string; readonly mediaType: string };

export interface AgentOutput {
  /** Resolves when the stream is over. Takes no more at a time than can be written. */
  read(stdout: Readable): Promise<void>;
  /** After `read`. */
  word(): Promise<AgentWord>;
}

/** Hands the stream on piece by piece; each is done with before the next is taken. A stream that breaks ends. */
export async function eachPiece(stream: Readable, take: (piece: Buffer) => void | Promise<void>): Promise<void> {
  try {
    for await (const piece of stream) await take(piece as Buffer);
  } catch (error) {
    if (!stream.destroyed) throw error;
  }
}

/** Shows a stream as log. */
export async function logStream(stream: Readable, text: OutputText, recorder: Recorder): Promise<void> {
  await eachPiece(stream, (piece) => {
    recorder.output('stderr', text.add(piece));
    return recorder.room();
  });
  recorder.output('stderr', text.end());
}
