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

/** For verbs that begin no work: files have names and digests, and no path. */
export async function wholeRequest(store: TaskStore, record: TaskRecord): Promise<DispatchRequest> {
  const input = await readInput(store, record);
  return withInput(record, input, input.inputs?.map(named));
}

/** For verbs that begin work: each file has a path of this machine. */
export async function lendRequest(store: TaskStore, record: TaskRecord): Promise<LentRequest> {
  const input = await readInput(store, record);
  const lent: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const release of lent.splice(0)) await release();
  };
  try {
    const files: InputFile[] = [];
    for (const one of input.inputs ?? []) {
      if (!isCaptured(one)) {
        files.push(one);
        continue;
      }
      const { file, release } = await store.borrowBlob(record.taskId, one.blob);
      lent.push(release);
      files.push({ ...named(one), file });
    }
    return { request: withInput(record, input, input.inputs && files), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const readInput = async (store: TaskStore, { taskId, input }: TaskRecord): Promise<StoredInput> =>
  (await readJson(store, taskId, input)) as StoredInput;

const withInput = ({ request }: TaskRecord, input: StoredInput, inputs: InputFile[] | undefined): DispatchRequest => {
  const { inputs: _, ...rest } = input;
  return { ...request, input: { ...rest, ...(inputs && { inputs }) } };
};

const isCaptured = (input: InputFile | CapturedInput): input is CapturedInput => 'blob' in input;

function named(input: InputFile | CapturedInput): InputFile {
  if (!isCaptured(input)) return input;
  const { path, sha256, executable } = input;
  return { path, sha256, ...(executable && { executable }) };
}
