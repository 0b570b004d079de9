// What a run leaves behind, as parts: its files by their bytes, and its result.
import { open, readFile } from 'node:fs/promises';
import type { Part } from '@a2a-js/sdk';
import type { Run, RunEvent } from '../../runs/run.js';
import { dataPart, filePart, textPart } from './model.js';

const MIB = 1024 * 1024;

/** A larger file is named and not sent. */
export const FILE_BYTES = 32 * MIB;
/** Of a file that is sent piece by piece; as base64 it fits into an event that every client takes. */
const PIECE_BYTES = MIB;

export type KeptFile = NonNullable<ReturnType<Run['artifact']>>;

export interface Piece {
  readonly part: Part;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** The bytes of a file, one piece after the other. An empty file is one empty piece. */
export async function* fileInPieces(kept: KeptFile, pieceBytes = PIECE_BYTES): AsyncGenerator<Piece> {
  const { name, mediaType } = kept;
  for await (const { bytes, ...place } of piecesOf(kept, pieceBytes)) {
    yield { part: filePart(bytes, name, mediaType), ...place };
  }
}

export async function wholeFile({ file, name, mediaType }: KeptFile): Promise<Part> {
  return filePart(await readFile(file), name, mediaType);
}

export const tooLarge = ({ name, size }: Pick<KeptFile, 'name' | 'size'>): Part =>
  textPart(`The file ${name} has ${size} bytes, over the limit of ${FILE_BYTES}. It is not sent over A2A.`);

/** The value a run ended with, one piece after the other. What is recorded as a file is text or JSON. */
export async function* resultInPieces(run: Run, { result }: RunEvent): AsyncGenerator<Piece> {
  const whole = { isFirst: true, isLast: true };
  if (result === undefined) return;
  if (result.artifact === undefined) {
    yield { part: 'json' in result ? dataPart(result.json) : textPart(result.text ?? ''), ...whole };
    return;
  }
  const kept = run.artifact(result.artifact);
  if (kept === undefined || kept.size > FILE_BYTES) {
    yield { part: textPart(`The result is the file ${result.artifact}.`), ...whole };
    return;
  }
  const decoder = new TextDecoder();
  for await (const { bytes, isFirst, isLast } of piecesOf(kept, PIECE_BYTES)) {
    const part = { ...textPart(decoder.decode(bytes, { stream: !isLast })), mediaType: kept.mediaType ?? '' };
    yield { part, isFirst, isLast };
  }
}

async function* piecesOf(
  { file, size }: KeptFile,
  pieceBytes: number,
): AsyncGenerator<{ bytes: Buffer; isFirst: boolean; isLast: boolean }> {
  const opened = await open(file);
  try {
    for (let at = 0; at < size || at === 0; at += pieceBytes) {
      const bytes = Buffer.alloc(Math.min(pieceBytes, size - at));
      await opened.read(bytes, 0, bytes.length, at);
      yield { bytes, isFirst: at === 0, isLast: at + bytes.length >= size };
    }
  } finally {
    await opened.close();
  }
}
