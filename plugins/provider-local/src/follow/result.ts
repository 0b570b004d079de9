// The value the work ended with: what it printed on standard output.
import { readFile, stat } from 'node:fs/promises';
import type { DriverError, DriverResult } from '@agent-dispatch/core/provider';
import type { AttemptPaths } from '../attempt/paths.js';
import { hasCode } from '../attempt/system-error.js';
import { failure } from '../failures.js';

/** Up to here a text travels in the event; larger ones stay in their file. */
const INLINE_BYTES = 8_000;
/** JSON is parsed whole, in memory. */
const JSON_BYTES = 4 * 1024 * 1024;

export interface ReadResult {
  readonly result?: DriverResult;
  /** Why it is not what was promised. */
  readonly error?: DriverError;
}

export async function readResult({ stdout }: AttemptPaths, wanted: 'text' | 'json'): Promise<ReadResult> {
  const size = await sizeOf(stdout);
  if (size === undefined) return {};
  if (wanted === 'json') return readJson(stdout, size);
  if (size > INLINE_BYTES) return { result: { file: stdout, mediaType: 'text/plain' } };
  return { result: { text: await readFile(stdout, 'utf8') } };
}

async function readJson(path: string, size: number): Promise<ReadResult> {
  const file: DriverResult = { file: path, mediaType: 'text/plain' };
  if (size > JSON_BYTES) {
    return {
      result: file,
      error: failure('AD_PROTOCOL_TOO_LARGE', `The JSON output has ${size} bytes; at most ${JSON_BYTES} are read.`),
    };
  }
  const text = await readFile(path, 'utf8');
  const lastLine = text.trimEnd().split('\n').at(-1) ?? '';
  for (const candidate of [text, lastLine]) {
    try {
      return { result: { json: JSON.parse(candidate) as unknown } };
    } catch {
      // Not this one; programs often print other things first.
    }
  }
  const error = failure('AD_PROTOCOL_RESPONSE', 'Neither the output nor its last line is JSON.', {
    hint: 'Set target.details.output to text, or let the program print JSON.',
  });
  return { result: size > INLINE_BYTES ? file : { text }, error };
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
