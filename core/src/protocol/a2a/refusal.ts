// What our worker says when it refuses a task, found in the error of a call.
import type { WorkerRefusal } from '@agent-dispatch/schemas';
import { isRecord } from '../../config/record.js';
import type { DispatchError } from '../../errors/index.js';
import { refusal } from '../worker/refusal.js';
import { RpcError } from './json-rpc.js';

const CODES = [
  'invalid',
  'unknown_run',
  'another_task',
  'refused',
  'digest_mismatch',
  'ended',
  'full',
  'internal',
] as const satisfies readonly WorkerRefusal['code'][];

/** It names the refusal in the metadata of the error's details. Undefined for any other error. */
export function refusalIn(error: unknown): DispatchError | undefined {
  const named = refusalDetail(error, 'refusal');
  const code = CODES.find((each) => each === named);
  return code && error instanceof RpcError ? refusal({ code, message: error.message }) : undefined;
}

/** What the details of an error of the worker say. */
export function refusalDetail(error: unknown, key: string): string | undefined {
  if (!(error instanceof RpcError) || !Array.isArray(error.data)) return undefined;
  const values = (error.data as unknown[]).map((detail) =>
    isRecord(detail) && isRecord(detail['metadata']) ? detail['metadata'][key] : undefined,
  );
  return values.find((value) => typeof value === 'string');
}
