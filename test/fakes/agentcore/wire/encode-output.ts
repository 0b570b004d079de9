// Turns the members of an operation's output, or an error, into an HTTP answer by the SDK's schemas.
// A missing required member is a mistake in the fake and throws; it never reaches a client as a thinner answer.
import { randomUUID } from 'node:crypto';
import type { MemberModel, OperationModel } from './service-model.js';
import type { ServiceError } from './service-error.js';

export type Body = Uint8Array | AsyncIterable<Uint8Array>;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** Members of an answer by their SDK names. Dates become ISO strings; a streamed payload is passed through. */
export type Output = Readonly<Record<string, unknown>>;

export function encodeOutput(operation: OperationModel, output: Output): Reply {
  const headers: Record<string, string> = { 'x-amzn-requestid': randomUUID() };
  const document: Record<string, unknown> = {};
  let payload: unknown;
  let status = operation.successStatus;
  for (const member of operation.output) {
    const value = readMember(operation, member, output);
    if (value === undefined) continue;
    if (member.binding.in === 'header') headers[member.binding.wireName] = headerValue(value);
    else if (member.binding.in === 'status') status = Number(value);
    else if (member.binding.in === 'payload') payload = value;
    else document[member.name] = value;
  }
  const isStreamed = payload instanceof Uint8Array || isAsyncIterable(payload);
  if (!isStreamed) headers['content-type'] = 'application/json';
  return { status, headers, body: isStreamed ? (payload as Body) : jsonBytes(payload ?? document) };
}

export function encodeError(error: ServiceError): Reply {
  return {
    status: error.status,
    headers: { 'x-amzn-requestid': randomUUID(), 'x-amzn-errortype': error.type, 'content-type': 'application/json' },
    body: jsonBytes({ message: error.message, ...error.members }),
  };
}

function readMember(operation: OperationModel, member: MemberModel, output: Output): unknown {
  const value = output[member.name];
  if (value === undefined && member.required) {
    throw new TypeError(`the fake left out '${member.name}', which ${operation.name} requires in its answer`);
  }
  return value;
}

function headerValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
