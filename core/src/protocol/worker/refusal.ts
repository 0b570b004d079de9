// What it means for a task that the worker refused a call.
import type { WorkerRefusal } from '@agent-dispatch/schemas';
import { DispatchError, type ErrorCode } from '../../errors/index.js';

const CODES: Readonly<Record<WorkerRefusal['code'], ErrorCode>> = {
  invalid: 'AD_PROTOCOL_AGENT_REFUSED',
  refused: 'AD_PROTOCOL_AGENT_REFUSED',
  digest_mismatch: 'AD_INPUT_DIGEST_MISMATCH',
  full: 'AD_PROTOCOL_AGENT_FULL',
  another_task: 'AD_PROTOCOL_CONFLICT',
  unknown_run: 'AD_PROTOCOL_CONFLICT',
  ended: 'AD_PROTOCOL_CONFLICT',
  internal: 'AD_PROTOCOL_AGENT_ERROR',
};

/** A start that was refused: the run was not begun. */
export function refusal({ code, message }: WorkerRefusal): DispatchError {
  return new DispatchError(CODES[code], `The agent refused the task (${code}): ${message.slice(0, 2000)}`, {
    details: { refusal: code },
  });
}
