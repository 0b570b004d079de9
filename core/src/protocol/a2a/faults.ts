// What an error of a call says about the agent's task.
import { A2A_ERROR_CODE } from '@a2a-js/sdk/errors';
import { DispatchError, isDispatchError, toDispatchError } from '../../errors/index.js';
import type { DriverContext, DriverEvent, EndedEvent } from '../../provider/index.js';
import { HttpError, RpcError } from './json-rpc.js';

const hasCode = (error: unknown, ...codes: number[]): boolean =>
  error instanceof RpcError && codes.includes(error.code);

/** Another version of the protocol may be what the agent speaks. */
export const isOtherVersion = (error: unknown): boolean =>
  hasCode(error, A2A_ERROR_CODE.METHOD_NOT_FOUND, A2A_ERROR_CODE.INVALID_REQUEST, A2A_ERROR_CODE.VERSION_NOT_SUPPORTED);

/** The agent does not do this at all. */
export const isUnsupported = (error: unknown): boolean =>
  hasCode(error, A2A_ERROR_CODE.METHOD_NOT_FOUND, A2A_ERROR_CODE.UNSUPPORTED_OPERATION);

export const isTaskUnknown = (error: unknown): boolean => hasCode(error, A2A_ERROR_CODE.TASK_NOT_FOUND);

/** It went wrong while the agent was at it: the call may have had its effect. */
export const isInternal = (error: unknown): boolean => hasCode(error, A2A_ERROR_CODE.INTERNAL_ERROR);

/** What came is not the protocol, or more than is taken. */
export const isBroken = (error: unknown): error is DispatchError =>
  isDispatchError(error) && (error.code === 'AD_PROTOCOL_RESPONSE' || error.code === 'AD_PROTOCOL_TOO_LARGE');

export const isTooLarge = (error: unknown): error is DispatchError =>
  isDispatchError(error) && error.code === 'AD_PROTOCOL_TOO_LARGE';

export const isServerError = (error: unknown): boolean => error instanceof HttpError && error.status >= 500;

/** What something on the way answers when it has lost sight of the request. */
const AMBIGUOUS_STATUS: ReadonlySet<number> = new Set([408, 502, 503, 504]);

/**
 * The error with which a first message failed that certainly began nothing, or is over. Undefined when nobody can tell.
 */
export function certain(error: unknown, { redactor }: Pick<DriverContext, 'redactor'>): DispatchError | undefined {
  if (isDispatchError(error)) return error.details?.['ambiguous'] === true ? undefined : error;
  if (error instanceof HttpError) {
    if (AMBIGUOUS_STATUS.has(error.status)) return undefined;
    const code = error.status < 400 ? 'AD_PROTOCOL_RESPONSE' : 'AD_PROTOCOL_AGENT_ERROR';
    return new DispatchError(code, redactor.text(error.message), { details: { status: error.status } });
  }
  if (error instanceof RpcError) {
    return new DispatchError(
      'AD_PROTOCOL_AGENT_ERROR',
      redactor.text(`The agent answered with an error: ${error.message}`),
      {
        details: { rpcCode: error.code },
      },
    );
  }
  return undefined;
}

/** The work goes on where nobody follows it any more: it counts as failed. */
export function failed(error: DispatchError, { redactor }: Pick<DriverContext, 'redactor'>): EndedEvent {
  const { code, message, hint, retryable, details } = error;
  return {
    type: 'ended',
    outcome: 'failed',
    error: { code, message: redactor.text(message), hint, retryable, ...(details && { details }) },
  };
}

type Unknown = Extract<DriverEvent, { type: 'unknown' }>;

export const unknown = (reason: string, { redactor }: Pick<DriverContext, 'redactor'>): Unknown => ({
  type: 'unknown',
  reason: redactor.text(reason),
});

/** A broken connection says nothing about the work; nor does any certain error of one request. */
export function interrupted(error: unknown, { redactor }: Pick<DriverContext, 'redactor'>): Error {
  return new Error(redactor.text(`The agent cannot be reached: ${toDispatchError(error).message}`), { cause: error });
}
