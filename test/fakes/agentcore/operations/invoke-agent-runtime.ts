// InvokeAgentRuntime: boots or revives the session and hands the payload to its agent.
import type { RuntimeRecord } from '../state/runtimes.js';
import { type Input, text } from '../wire/bind-input.js';
import { enterSession } from './enter-session.js';
import { containerError, execute } from './execute.js';
import type { Call, Operation } from './operation.js';
import { resolveServed } from './resolve-runtime.js';

const DEFAULT_ACCEPTED = ['application/json'];
const SESSION_HEADER = 'x-amzn-bedrock-agentcore-runtime-session-id';

/** Input members that the platform passes on to the container, under these header names. */
const PASSED_ON: Readonly<Record<string, string>> = {
  contentType: 'content-type',
  accept: 'accept',
  mcpSessionId: 'mcp-session-id',
  mcpProtocolVersion: 'mcp-protocol-version',
  mcpMethod: 'mcp-method',
  mcpName: 'mcp-name',
  runtimeUserId: 'x-amzn-bedrock-agentcore-runtime-user-id',
  traceId: 'x-amzn-trace-id',
  traceParent: 'traceparent',
  traceState: 'tracestate',
  baggage: 'baggage',
};

export const invokeAgentRuntime: Operation = async (call, world) => {
  const { key, agent, vm } = enterSession(call, resolveServed(call, world), world);
  if (!(agent.accepts ?? DEFAULT_ACCEPTED).includes(mediaType(call.input))) throw containerError(415);
  const headers = { ...allowedOf(call, key.runtime), ...passedOn(call.input), [SESSION_HEADER]: key.sessionId };
  const request = { ...vm, payload: call.input['payload'] as Uint8Array, headers };
  const answer = await execute({ key, agent, vm, request }, world);
  return {
    contentType: answer.headers['content-type'] ?? 'application/octet-stream',
    mcpSessionId: answer.headers['mcp-session-id'],
    mcpProtocolVersion: answer.headers['mcp-protocol-version'],
    runtimeSessionId: key.sessionId,
    response: answer.body,
    statusCode: answer.status,
  };
};

function passedOn(input: Input): Record<string, string> {
  return Object.fromEntries(
    Object.entries(PASSED_ON).flatMap(([member, header]) => {
      const value = text(input, member);
      return value === undefined ? [] : [[header, value]];
    }),
  );
}

function allowedOf({ headers }: Call, { allowedHeaders }: RuntimeRecord): Record<string, string> {
  return Object.fromEntries(
    allowedHeaders.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, [value].flat().join(', ')]];
    }),
  );
}

function mediaType(input: Input): string {
  const [type = ''] = (text(input, 'contentType') ?? '').split(';');
  return type.trim().toLowerCase();
}
