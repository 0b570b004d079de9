// The two ways out of this program: results to stdout, everything said about them to stderr.
import { once } from 'node:events';
import { jsonText } from './terminal-text.js';

export const printResult = (text: string): void => void process.stdout.write(`${text}\n`);

export const printNotice = (text: string): void => void process.stderr.write(`${text}\n`);

export const printJson = (value: unknown): void => printResult(jsonText(value));

/** Resolves when the stream can take more, so that a large result is never held in memory. */
export async function writeAll(stream: NodeJS.WritableStream, chunk: string | Uint8Array): Promise<void> {
  if (!stream.write(chunk)) await once(stream, 'drain');
}
