// Pieces of the SDK's model of A2A, with what this face leaves empty filled in.
import {
  type Artifact,
  type Message,
  type Part,
  Role,
  type StreamResponse,
  type TaskStatus,
  TaskState,
} from '@a2a-js/sdk';
import type { WorkerState } from '@agent-dispatch/schemas';

type Json = Record<string, unknown>;

/** One run as A2A names it. */
export interface Names {
  readonly taskId: string;
  readonly contextId: string;
}

export const textPart = (value: string): Part => part({ $case: 'text', value });

export const dataPart = (value: unknown): Part => part({ $case: 'data', value });

export const filePart = (bytes: Buffer, filename: string, mediaType = ''): Part => ({
  ...part({ $case: 'raw', value: bytes }),
  filename,
  mediaType,
});

const part = (content: Part['content']): Part => ({ content, metadata: undefined, filename: '', mediaType: '' });

export const message = ({ taskId, contextId }: Names, seq: number, parts: Part[]): Message => ({
  messageId: `${taskId}.${seq}`,
  taskId,
  contextId,
  role: Role.ROLE_AGENT,
  parts,
  metadata: undefined,
  extensions: [],
  referenceTaskIds: [],
});

export const artifact = (artifactId: string, name: string, parts: Part[]): Artifact => ({
  artifactId,
  name,
  description: '',
  parts,
  metadata: undefined,
  extensions: [],
});

export const status = (state: TaskState, at: number, said?: Message): TaskStatus => ({
  state,
  message: said,
  timestamp: new Date(at).toISOString(),
});

export const statusUpdate = (names: Names, to: TaskStatus, metadata: Json): StreamResponse => ({
  payload: { $case: 'statusUpdate', value: { ...names, status: to, metadata } },
});

export interface Chunk {
  readonly append: boolean;
  readonly lastChunk: boolean;
}

export const artifactUpdate = (names: Names, piece: Artifact, chunk: Chunk, metadata: Json): StreamResponse => ({
  payload: { $case: 'artifactUpdate', value: { ...names, artifact: piece, ...chunk, metadata } },
});

export const stateOf: Readonly<Record<WorkerState, TaskState>> = {
  running: TaskState.TASK_STATE_WORKING,
  input_required: TaskState.TASK_STATE_INPUT_REQUIRED,
  succeeded: TaskState.TASK_STATE_COMPLETED,
  failed: TaskState.TASK_STATE_FAILED,
  cancelled: TaskState.TASK_STATE_CANCELED,
};
