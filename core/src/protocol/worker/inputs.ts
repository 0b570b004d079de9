// The request's input files on their way to the worker: measured before anything starts, then carried in pieces or inline.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { InputFile, WorkerInput } from '@agent-dispatch/schemas';
import { DispatchError } from '../../errors/index.js';
import type { DriverContext } from '../../provider/index.js';

const MIB = 1024 * 1024;

/** Longest piece of the call `put_input`. Bytes. */
const PIECE_BYTES = 4 * MIB;
/** All files together where a protocol carries them in its first message. Bytes. */
const INLINE_BYTES = 8 * MIB;

/** A file of the request, looked at. */
export interface MeasuredInput {
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly executable?: boolean;
  readonly source: { readonly text: string } | { readonly file: string };
}

export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

type Context = Pick<DriverContext, 'request' | 'signal'>;

/**
 * Every input of the request with its digest; files are read as streams.
 * Errors: AD_INPUT_FILE_UNREADABLE, AD_INPUT_DIGEST_MISMATCH; AD_INPUT_TOO_LARGE when all are over `maxBytes`, before any is read.
 */
export async function measureInputs(
  { request, signal }: Context,
  maxBytes = Number.MAX_SAFE_INTEGER,
): Promise<MeasuredInput[]> {
  const { inputs = [] } = request.input;
  let total = 0;
  for (const input of inputs) total += await sizeOf(input);
  if (total > maxBytes) {
    throw new DispatchError(
      'AD_INPUT_TOO_LARGE',
      `The input files have ${total} bytes; over this protocol they may have ${maxBytes}.`,
      { hint: 'Name fewer or smaller files, or choose the protocol http, which carries files of any size.' },
    );
  }
  const measured: MeasuredInput[] = [];
  for (const input of inputs) measured.push(await measure(input, signal));
  return measured;
}

/**
 * Every input of the request with its content, for protocols that carry them in their first message.
 * Errors: those of `measureInputs`.
 */
export async function inlineInputs(context: Context, maxBytes = INLINE_BYTES): Promise<WorkerInput[]> {
  const inputs: WorkerInput[] = [];
  for (const input of await measureInputs(context, maxBytes)) inputs.push(await inline(input));
  return inputs;
}

/** The content from `offset` on. A file that became shorter since it was measured ends early: the worker knows by its digest. */
export async function* piecesOf({ source, size }: MeasuredInput, offset = 0): AsyncGenerator<Piece> {
  if ('text' in source) {
    const bytes = Buffer.from(source.text);
    for (let at = offset; at < size || at === 0; at += PIECE_BYTES) {
      yield { offset: at, bytes: bytes.subarray(at, at + PIECE_BYTES) };
    }
    return;
  }
  const file = await opened(source.file);
  try {
    for (let at = offset; at < size || at === 0; at += PIECE_BYTES) {
      const buffer = Buffer.alloc(Math.min(PIECE_BYTES, size - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      yield { offset: at, bytes: buffer.subarray(0, bytesRead) };
      if (bytesRead < buffer.length) return;
    }
  } finally {
    await file.close();
  }
}

/** As the worker is told of it where it was put there before. */
export const named = ({ path, sha256, executable }: MeasuredInput): WorkerInput => ({
  path,
  sha256,
  ...(executable === true && { executable }),
});

/** As the worker is told of it with its content. */
export async function inline(input: MeasuredInput): Promise<WorkerInput> {
  const { source } = input;
  if ('text' in source) return { ...named(input), text: source.text };
  const parts: Uint8Array[] = [];
  for await (const { bytes } of piecesOf(input)) parts.push(bytes);
  return { ...named(input), base64: Buffer.concat(parts).toString('base64') };
}

async function sizeOf({ file, text = '' }: InputFile): Promise<number> {
  if (file === undefined) return Buffer.byteLength(text);
  try {
    const stats = await stat(file);
    // Devices and pipes may never end.
    if (!stats.isFile()) throw new TypeError('it is no regular file');
    return stats.size;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

async function measure(input: InputFile, signal: AbortSignal): Promise<MeasuredInput> {
  const { path, file, text = '', executable } = input;
  const found = file === undefined ? digestOf(text) : await digest(file, signal);
  if (input.sha256 !== undefined && input.sha256 !== found.sha256) {
    throw new DispatchError(
      'AD_INPUT_DIGEST_MISMATCH',
      `The SHA-256 of the input ${path} is ${found.sha256}, not ${input.sha256}.`,
    );
  }
  const source = file === undefined ? { text } : { file };
  return { path, ...found, ...(executable === true && { executable }), source };
}

const digestOf = (text: string): { sha256: string; size: number } => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  size: Buffer.byteLength(text),
});

async function digest(file: string, signal: AbortSignal): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(file, { signal }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw unreadable(file, cause);
  }
  return { sha256: hash.digest('hex'), size };
}

async function opened(file: string): ReturnType<typeof open> {
  try {
    return await open(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const unreadable = (file: string, cause: unknown): DispatchError =>
  new DispatchError(
    'AD_INPUT_FILE_UNREADABLE',
    `The input file ${file} cannot be read (${cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause)}).`,
    { cause },
  );
