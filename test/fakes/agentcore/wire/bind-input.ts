// Checks one request against its operation's input schema and gives its members by name.
// Stricter than the service where that finds client mistakes: unknown query parameters and body properties are refused.
import type { IncomingHttpHeaders } from 'node:http';
import type { MemberModel, OperationModel } from './service-model.js';
import { type FieldIssue, invalidFields } from './service-error.js';

/** Members of a request by their SDK names. Labels, headers and query are strings, the payload is bytes. */
export type Input = Readonly<Record<string, unknown>>;

export interface RawRequest {
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @throws ServiceError ValidationException naming every offending field. */
export function bindInput(operation: OperationModel, request: RawRequest): Input {
  const document = readDocument(operation, request);
  const issues: FieldIssue[] = [
    ...unknownNames(request.query.keys(), namesIn(operation, 'query'), 'query parameter'),
    ...unknownNames(Object.keys(document), namesIn(operation, 'body'), 'body property'),
  ];
  const input: Record<string, unknown> = {};
  for (const member of operation.input) {
    const value = readMember(member, request, document);
    if (value !== undefined) input[member.name] = value;
    issues.push(...checkMember(member, value));
  }
  if (issues.length > 0) throw invalidFields(issues);
  return input;
}

/** A string member, or undefined when the caller left it out. */
export function text(input: Input, name: string): string | undefined {
  const value = input[name];
  return typeof value === 'string' ? value : undefined;
}

/** A string member that the schema or the path guarantees. */
export function requiredText(input: Input, name: string): string {
  const value = text(input, name);
  if (value === undefined) throw new TypeError(`the schema does not guarantee a string '${name}'`);
  return value;
}

function readMember(member: MemberModel, request: RawRequest, document: Readonly<Record<string, unknown>>): unknown {
  const { binding } = member;
  switch (binding.in) {
    case 'label':
      return request.labels[member.name];
    case 'query':
      return request.query.get(binding.wireName) ?? undefined;
    case 'header':
      return request.headers[binding.wireName];
    case 'payload':
      return request.body;
    case 'body':
      return document[member.name] ?? undefined;
    case 'status':
      return undefined;
  }
}

function checkMember(member: MemberModel, value: unknown): FieldIssue[] {
  if (value === undefined) return member.required ? [{ name: member.name, message: 'Member must not be null' }] : [];
  const { in: place } = member.binding;
  if (place === 'query' && member.type === 'number' && typeof value === 'string' && !/^-?\d+$/.test(value)) {
    return [{ name: member.name, message: 'Member must be a number' }];
  }
  if (place === 'body' && member.type !== 'other' && typeof value !== member.type) {
    return [{ name: member.name, message: `Member must be a ${member.type}` }];
  }
  return [];
}

function readDocument(operation: OperationModel, request: RawRequest): Readonly<Record<string, unknown>> {
  if (namesIn(operation, 'body').length === 0 || request.body.length === 0) return {};
  const parsed = parseJson(request.body);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalidFields([{ name: 'body', message: 'Body must be a JSON object' }], 'CannotParse');
  }
  return parsed as Record<string, unknown>;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalidFields([{ name: 'body', message: 'Body must be valid JSON' }], 'CannotParse');
  }
}

function namesIn(operation: OperationModel, place: 'query' | 'body'): string[] {
  return operation.input.flatMap(({ name, binding }) => {
    if (binding.in !== place) return [];
    return binding.in === 'query' ? [binding.wireName] : [name];
  });
}

function unknownNames(given: Iterable<string>, known: readonly string[], kind: string): FieldIssue[] {
  return [...given].filter((name) => !known.includes(name)).map((name) => ({ name, message: `Unknown ${kind}` }));
}
