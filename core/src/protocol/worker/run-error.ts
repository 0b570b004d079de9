// Why a run ended badly, as the worker or its agent says it: in the host's codes, whatever the agent claims.
import type { WorkerEvent } from '@agent-dispatch/schemas';
import type { ErrorCode } from '../../errors/index.js';
import type { DriverError } from '../../provider/index.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  DEADLINE: 'AD_TASK_TIMEOUT',
  AGENT_NOT_STARTED: 'AD_PROVIDER_AGENT_FAILED',
  RESULT_INVALID: 'AD_PROTOCOL_RESPONSE',
  MODEL_DENIED: 'AD_TASK_MODEL_DENIED',
  MODEL_UNAVAILABLE: 'AD_TASK_MODEL_UNAVAILABLE',
};

const MAX_CODE = 100;
const MAX_MESSAGE = 4000;

/** The code as it was said stands in `details.reason`. */
export function runError({ code, message }: NonNullable<WorkerEvent['error']>): DriverError {
  return {
    code: (Object.hasOwn(CODES, code) ? CODES[code] : undefined) ?? 'AD_TASK_FAILED',
    message: message.slice(0, MAX_MESSAGE),
    details: { reason: code.slice(0, MAX_CODE) },
  };
}
