// What an agent prints on standard output, read to its end: shown as it comes, and understood as its result at the end.
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Recorder } from '../runs/recorder.js';

/** What the agent said of its end, or what its output is taken for. */
export interface AgentWord {
  readonly outcome?: 'succeeded' | 'failed';
  readonly result?: AgentResult;
  readonly error?: { readonly code: string; readonly message: string };
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

/** Shows a stream as log, in whole characters. */
export async function logStream(stream: Readable, name: 'stdout' | 'stderr', recorder: Recorder): Promise<void> {
  const decoder = new StringDecoder('utf8');
  await eachPiece(stream, (piece) => {
    recorder.output(name, decoder.write(piece));
    return recorder.room();
  });
  recorder.output(name, decoder.end());
}
