// What goes wrong between the MCP client and the server, as coded errors.
import type { ProtocolError, SdkHttpError } from '@modelcontextprotocol/client';
import { DispatchError, isDispatchError } from '../../errors/index.js';

const MAX_MESSAGE = 2000;

const brief = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE);

export function refusedWith(error: SdkHttpError): DispatchError {
  const { status, data } = error;
  const said = typeof data.text === 'string' ? brief(data.text) : '';
  // Redirections are not followed: the channel's address is pinned.
  const code = status < 400 ? 'AD_PROTOCOL_RESPONSE' : 'AD_PROTOCOL_AGENT_ERROR';
  const message = `The agent answered with HTTP status ${status}${said === '' ? '.' : `: ${said}`}`;
  return new DispatchError(code, message, { details: { status }, cause: error });
}

export const agentError = ({ code, message }: ProtocolError): DispatchError =>
  new DispatchError('AD_PROTOCOL_AGENT_ERROR', `The agent answered with an error: ${brief(message)}`, {
    details: { code },
  });

export const notMcp = (cause: unknown): DispatchError =>
  new DispatchError('AD_PROTOCOL_RESPONSE', 'What the agent sent does not follow MCP.', { cause });

/** Before the call. @param failure what the channel said of it. */
export function noServer(error: unknown, failure: unknown): DispatchError {
  if (isDispatchError(failure)) return failure;
  if (failure !== undefined) {
    return new DispatchError('AD_PROVIDER_UNAVAILABLE', 'The agent cannot be reached.', { cause: failure });
  }
  return new DispatchError('AD_PROTOCOL_RESPONSE', 'What answers there does not speak MCP.', { cause: error });
}
