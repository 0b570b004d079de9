// get_task_result: the result of an ended task, or a piece of one artifact, in bounded pieces.
import { isUtf8 } from 'node:buffer';
import type { GetTaskResultInput, GetTaskResultOutput, TaskRecord } from '@agent-dispatch/schemas';
import { artifactBlob, isTerminal } from '../engine/index.js';
import { DispatchError } from '../errors/index.js';
import type { StoredTask } from '../store/index.js';
import { checkArguments, findTask, type Operations } from './operation.js';
import { artifactUri } from './resource-uri.js';
import { taskView } from './task-view.js';

const DEFAULT_BYTES = 8_000;
/** No record lists more. */
const ALL_ARTIFACTS_BYTES = 1_000_000;

type Part = Pick<
  GetTaskResultOutput,
  'result' | 'media_type' | 'encoding' | 'size' | 'truncated' | 'next_offset' | 'artifacts' | 'artifacts_omitted'
>;

export async function getTaskResult(operations: Operations, input: GetTaskResultInput): Promise<GetTaskResultOutput> {
  checkArguments('GetTaskResultInput', input);
  const task = await findTask(operations, input.task_id);
  const range = { offset: input.offset ?? 0, maxBytes: input.max_bytes ?? DEFAULT_BYTES };
  const { task_id, status, terminal, exit_code, error, handoff, next } = taskView(task, operations.store.now());
  const part =
    input.artifact === undefined
      ? await resultPart(operations, task, range)
      : await artifactPart(operations, task, input.artifact, range);
  const following = goesOn(input, part) ?? (terminal ? undefined : next);
  return {
    task_id,
    status,
    terminal,
    ...(exit_code !== undefined && { exit_code }),
    ...(error && { error }),
    ...part,
    ...(handoff && { handoff }),
    ...(following && { next: following }),
  };
}

function goesOn(
  input: GetTaskResultInput,
  { next_offset: offset, artifacts_omitted: omitted }: Part,
): GetTaskResultOutput['next'] {
  const tool = 'get_task_result';
  if (offset !== undefined) return { tool, arguments: { ...input, offset }, when: 'to read on' };
  if (omitted === undefined) return undefined;
  return { tool, arguments: { task_id: input.task_id, max_bytes: ALL_ARTIFACTS_BYTES }, when: 'to see all artifacts' };
}

interface Range {
  offset: number;
  maxBytes: number;
}

/** A small result whole and as the value it is; a large one as a piece of its text. With the first, what there is besides. */
export async function resultPart(
  { store }: Pick<Operations, 'store'>,
  { record }: StoredTask,
  range: Range,
): Promise<Part> {
  const artifacts = range.offset === 0 ? listArtifacts(record, range.maxBytes) : {};
  const value = isTerminal(record.status) ? record.outcome?.result : undefined;
  if (value === undefined) return { ...artifacts, truncated: false };
  const mediaType = value.mediaType === undefined ? {} : { media_type: value.mediaType };
  if (value.blob === undefined) {
    const bytes = Buffer.from(typeof value.inline === 'string' ? value.inline : JSON.stringify(value.inline));
    if (range.offset === 0 && bytes.length <= range.maxBytes) {
      return { result: value.inline, ...mediaType, ...artifacts, size: bytes.length, truncated: false };
    }
    return {
      ...piece(bytes.subarray(range.offset, range.offset + range.maxBytes), bytes.length, range),
      ...mediaType,
      ...artifacts,
    };
  }
  const { bytes, size } = await store.getBlob(record.taskId, value.blob, range.offset, range.maxBytes);
  return { ...piece(bytes, size, range), ...mediaType, ...artifacts };
}

async function artifactPart({ store }: Operations, { record }: StoredTask, name: string, range: Range): Promise<Part> {
  const artifact = record.artifacts?.find((candidate) => candidate.name === name);
  if (artifact === undefined) {
    const names = record.artifacts?.map((candidate) => candidate.name) ?? [];
    throw new DispatchError(
      'AD_TASK_ARTIFACT_NOT_FOUND',
      `task ${record.taskId} has no artifact ${JSON.stringify(name)}`,
      {
        problems: [
          {
            pointer: '/artifact',
            message:
              names.length === 0
                ? 'the task has no artifacts'
                : `must be one of ${names.map((known) => JSON.stringify(known)).join(', ')}`,
          },
        ],
      },
    );
  }
  const { bytes, size } = await store.getBlob(record.taskId, artifactBlob(name), range.offset, range.maxBytes);
  return { ...piece(bytes, size, range), ...(artifact.mediaType !== undefined && { media_type: artifact.mediaType }) };
}

/** Bytes as text where they are text, cut between characters; as base64 where they are not. */
function piece(bytes: Uint8Array, size: number, { offset }: Range): Part {
  const whole = wholeCharacters(bytes, offset + bytes.length >= size);
  const isText = isUtf8(whole);
  const used = Buffer.from(isText ? whole : bytes);
  const end = offset + used.length;
  const truncated = end < size;
  return {
    result: used.toString(isText ? 'utf8' : 'base64'),
    encoding: isText ? 'utf-8' : 'base64',
    size,
    truncated,
    ...(truncated && { next_offset: end }),
  };
}

/** Without a UTF-8 character that the cut left unfinished; at least one character is kept. */
function wholeCharacters(bytes: Uint8Array, last: boolean): Uint8Array {
  if (last) return bytes;
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const cut = length > back ? bytes.length - back : bytes.length;
    return cut === 0 ? bytes : bytes.subarray(0, cut);
  }
  return bytes;
}

/** As many as fit, in the order in which they came. */
function listArtifacts(
  { taskId, artifacts = [] }: TaskRecord,
  maxBytes: number,
): Pick<Part, 'artifacts' | 'artifacts_omitted'> {
  let left = maxBytes;
  const shown = artifacts.map((artifact) => shownArtifact(taskId, artifact));
  const end = shown.findIndex((one) => (left -= Buffer.byteLength(JSON.stringify(one))) < 0);
  const fitting = end < 0 ? shown : shown.slice(0, end);
  return {
    ...(fitting.length > 0 && { artifacts: fitting }),
    ...(end >= 0 && { artifacts_omitted: shown.length - fitting.length }),
  };
}

type Artifact = NonNullable<TaskRecord['artifacts']>[number];

const shownArtifact = (
  taskId: string,
  { name, size, mediaType, sha256 }: Artifact,
): NonNullable<GetTaskResultOutput['artifacts']>[number] => ({
  name,
  size,
  sha256,
  ...(mediaType !== undefined && { media_type: mediaType }),
  uri: artifactUri(taskId, name),
});
