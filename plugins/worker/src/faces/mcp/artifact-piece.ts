// A piece of a file that a run left behind, as an embedded resource.
import { open } from 'node:fs/promises';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { RunRefused, type Run } from '../../runs/run.js';

const LONGEST_PIECE = 4 * 1024 * 1024;

export interface Piece {
  readonly name?: string;
  /** Bytes before it. Default 0. */
  readonly offset?: number;
  readonly maxBytes?: number;
}

/** Errors: RunRefused. */
export async function pieceOf(
  run: Run,
  { name = '', offset = 0, maxBytes = LONGEST_PIECE }: Piece,
): Promise<CallToolResult> {
  const found = run.artifact(name);
  if (!found) throw new RunRefused('invalid', `The run left no artifact ${name}.`);
  const length = Math.max(0, Math.min(found.size - offset, maxBytes, LONGEST_PIECE));
  const file = await open(found.file);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    const blob = buffer.subarray(0, bytesRead).toString('base64');
    const { mediaType: mimeType } = found;
    const uri = `artifact:///${name.split('/').map(encodeURIComponent).join('/')}`;
    return { content: [{ type: 'resource', resource: { uri, blob, ...(mimeType !== undefined && { mimeType }) } }] };
  } finally {
    await file.close();
  }
}
