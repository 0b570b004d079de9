// The input of a task as it is stored, and as a driver sees it. Files were taken when the task was accepted and are values
// of it since; drivers are lent them as files while they begin work.
import type { DispatchRequest, InputFile, TaskRecord } from '@agent-dispatch/schemas';
import type { TaskStore } from '../store/index.js';
import { readJson } from './values.js';

/** A file of the task. */
export interface CapturedInput {
  path: string;
  blob: string;
  size: number;
  sha256: string;
  executable?: true;
}

type Input = DispatchRequest['input'];
export type StoredInput = Omit<Input, 'inputs'> & { inputs?: (InputFile | CapturedInput)[] };

/** The same content is one value. */
export const inputBlob = (sha256: string): string => `input/${sha256}`;

/** The request as the driver sees it; `close` when it does no longer. */
export interface LentRequest {
  request: DispatchRequest;
  close: () => Promise<void>;
}

/** As every verb may see it: files have names and digests, and no path. */
export async function wholeRequest(store: TaskStore, { taskId, request, input }: TaskRecord): Promise<DispatchRequest> {
  const { inputs, ...rest } = (await readJson(store, taskId, input)) as StoredInput;
  return { ...request, input: { ...rest, ...(inputs && { inputs: inputs.map(named) }) } };
}

function named(input: InputFile | CapturedInput): InputFile {
  if (!('blob' in input)) return input;
  const { path, sha256, executable } = input;
  return { path, sha256, ...(executable && { executable }) };
}

/** For verbs that begin work: each file has a path of this machine. */
export async function lendFiles(store: TaskStore, taskId: string, request: DispatchRequest): Promise<LentRequest> {
  const { inputs } = request.input;
  const lent: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const release of lent.splice(0)) await release();
  };
  if (inputs === undefined) return { request, close };
  const files: InputFile[] = [];
  try {
    for (const input of inputs) {
      const { text, file, sha256 } = input;
      if (text !== undefined || file !== undefined || sha256 === undefined) {
        files.push(input);
        continue;
      }
      const borrowed = await store.borrowBlob(taskId, inputBlob(sha256));
      lent.push(borrowed.release);
      files.push({ ...input, file: borrowed.file });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { request: { ...request, input: { ...request.input, inputs: files } }, close };
}
