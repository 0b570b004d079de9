// What an agent prints on standard output, read to its end: shown as it comes, and understood as its result at the end.
import type { Recorder } from '../runs/recorder.js';
import type { PieceReader } from './piece-reader.js';
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
  read(stdout: PieceReader): Promise<void>;
  /** After `read`. */
  word(): Promise<AgentWord>;
}

/** Of standard error, for the message of a failure. Characters. */
const TAIL = 1_000;

/** Shows the stream as log. Resolves with its end. */
export async function logStream(stream: PieceReader, text: OutputText, recorder: Recorder): Promise<string> {
  let tail = '';
  const show = (shown: string): void => {
    recorder.output('stderr', shown);
    tail = (tail + shown).slice(-TAIL);
  };
  await stream.each((piece) => {
    show(text.add(piece));
    return recorder.room();
  });
  show(text.end());
  return tail.trim();
}
