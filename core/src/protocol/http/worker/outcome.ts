// Ends that the run itself does not tell.
import type { ErrorCode } from '../../../errors/index.js';
import type { DriverEvent, EndedEvent } from '../../../provider/index.js';

export type Unknown = Extract<DriverEvent, { type: 'unknown' }>;

export const lost = (why: string): Unknown => ({ type: 'unknown', reason: `The run is lost: ${why}.` });

export const failedAs = (code: ErrorCode, message: string): EndedEvent => ({
  type: 'ended',
  outcome: 'failed',
  error: { code, message },
});
