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
  if (!(error instanceof RpcError) || !Array.isArray(error.data)) return undefined;
  const named = (error.data as unknown[]).map((detail) =>
    isRecord(detail) && isRecord(detail['metadata']) ? detail['metadata']['refusal'] : undefined,
  );
  const code = CODES.find((each) => named.includes(each));
  return code && refusal({ code, message: error.message });
}
