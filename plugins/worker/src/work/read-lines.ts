// Reads an agent's standard output line by line: what may be JSON whole, all else as it comes.
import { LineSplitter } from './line-splitter.js';
import type { PieceReader } from './piece-reader.js';
import type { OutputText } from './secret-filter.js';

export interface LineTakers {
  /** Gets what begins with a brace, without its end. */
  line(line: string): void;
  text(text: string): void;
  /** Resolves when more can be taken. */
  done(): Promise<void>;
}

/** Resolves when the stream is over. */
export async function readLines(stdout: PieceReader, text: OutputText, takers: LineTakers): Promise<void> {
  const splitter = new LineSplitter(
    (line) => takers.line(line),
    (rest) => takers.text(rest),
  );
  await stdout.each(async (piece) => {
    splitter.add(text.add(piece));
    await takers.done();
  });
  splitter.add(text.end());
  splitter.end();
  await takers.done();
}
