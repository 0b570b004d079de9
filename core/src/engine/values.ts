// Values of a task (input, result, artifacts): small ones ride in the record, larger ones are blobs, synced first.
import type { Artifact } from '@agent-dispatch/schemas';
import type { ArtifactContent, DriverArtifact, DriverResult } from '../provider/index.js';
import type { BlobContent, ByteFilter, TaskStore } from '../store/index.js';
import type { StoredValue } from './inputs.js';
import { mediaTypeOf } from './media-type.js';
import type { OutputRedactor } from './ports.js';

/** Larger values become blobs. Bytes of JSON. */
export const INLINE_BYTES = 8 * 1024;

export const INPUT_BLOB = 'input.json';
const RESULT_BLOB = 'result';
/** Artifacts are blobs under this prefix, so that none takes the name of another value. */
export const artifactBlob = (name: string): string => `artifact/${name}`;

export async function readJson(store: TaskStore, taskId: string, value: StoredValue): Promise<unknown> {
  if (value.blob === undefined) return value.inline;
  const { bytes } = await store.getBlob(taskId, value.blob, 0, value.size ?? Number.MAX_SAFE_INTEGER);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Stores a result that is in memory. A file is left where it is: `collectFile` copies it once the end is stored. */
export async function storeResult(
  store: TaskStore,
  taskId: string,
  result: DriverResult,
): Promise<{ result: StoredValue } | { uncollected: { file: string; mediaType?: string } }> {
  if ('file' in result) {
    const { file, mediaType } = result;
    return { uncollected: { file, ...(mediaType !== undefined && { mediaType }) } };
  }
  const inline = 'text' in result ? result.text : result.json;
  const mediaType = 'text' in result ? 'text/plain' : 'application/json';
  const bytes = new TextEncoder().encode('text' in result ? result.text : JSON.stringify(result.json));
  if (bytes.length <= INLINE_BYTES) return { result: { inline, mediaType } };
  return { result: await putBlob(store, taskId, RESULT_BLOB, bytes, mediaType) };
}

/** What was printed is redacted on its way. @param redactor for bytes that are read as Latin-1. */
export async function collectFile(
  store: TaskStore,
  taskId: string,
  { file, mediaType = 'text/plain' }: { file: string; mediaType?: string },
  redactor: OutputRedactor,
): Promise<StoredValue> {
  return await putBlob(store, taskId, RESULT_BLOB, { file, rewrite: redactedBytes(redactor) }, mediaType);
}

/** In Latin-1 every byte is one character, so that whatever is no secret stays what it was, text or not. */
const redactedBytes = (redactor: OutputRedactor): ByteFilter =>
  async function* (bytes) {
    const stream = redactor.stream();
    for await (const chunk of bytes) yield Buffer.from(stream.push(Buffer.from(chunk).toString('latin1')), 'latin1');
    yield Buffer.from(stream.flush(), 'latin1');
  };

async function putBlob(
  store: TaskStore,
  taskId: string,
  name: string,
  content: BlobContent,
  mediaType: string,
): Promise<StoredValue> {
  const { size, sha256 } = await store.putBlob(taskId, name, content);
  return { blob: name, size, sha256, mediaType };
}

export async function storeArtifact(store: TaskStore, taskId: string, artifact: DriverArtifact): Promise<Artifact> {
  const { name, content, mediaType = mediaTypeOf(name) } = artifact;
  const { size, sha256 } = await store.putBlob(taskId, artifactBlob(name), bytesOf(content));
  return { name, size, sha256, ...(mediaType !== undefined && { mediaType }) };
}

function bytesOf(content: ArtifactContent): Uint8Array | { file: string } {
  if ('file' in content) return content;
  return 'text' in content ? new TextEncoder().encode(content.text) : Buffer.from(content.base64, 'base64');
}
