// Requests that no SDK client would send, and answers that no client could read.
import { describe, expect, it } from '@jest/globals';
import { bindInput, type RawRequest } from './bind-input.js';
import { encodeOutput } from './encode-output.js';
import { type OperationModel, OPERATIONS } from './service-model.js';

function operation(name: string): OperationModel {
  const found = OPERATIONS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new TypeError(`the SDK has no operation ${name}`);
  return found;
}

const SESSION = { 'x-amzn-bedrock-agentcore-runtime-session-id': 's' };

function bindStop(request: Partial<Record<'query' | 'body', string>> & { headers?: RawRequest['headers'] }): unknown {
  return bindInput(operation('StopRuntimeSession'), {
    labels: { agentRuntimeArn: 'arn' },
    query: new URLSearchParams(request.query),
    headers: request.headers ?? SESSION,
    body: Buffer.from(request.body ?? ''),
  });
}

function refusalOf(work: () => unknown): unknown {
  try {
    return { unexpected: work() };
  } catch (cause) {
    return cause;
  }
}

describe('a request', () => {
  it('gives its members by their SDK names', () => {
    expect(bindStop({ query: 'qualifier=prod', body: '{"clientToken":"t"}' })).toEqual({
      agentRuntimeArn: 'arn',
      runtimeSessionId: 's',
      qualifier: 'prod',
      clientToken: 't',
    });
  });

  it.each([
    ['a required header left out', { headers: {} }, 'FieldValidationFailed', 'runtimeSessionId'],
    ['an unknown query parameter', { query: 'qualifyer=prod' }, 'FieldValidationFailed', 'qualifyer'],
    ['an unknown body property', { body: '{"token":"t"}' }, 'FieldValidationFailed', 'token'],
    ['a number where a string belongs', { body: '{"clientToken":7}' }, 'FieldValidationFailed', 'clientToken'],
    ['a body that is no JSON', { body: '{' }, 'CannotParse', 'body'],
    ['a body that is a list', { body: '[]' }, 'CannotParse', 'body'],
  ])('with %s is a ValidationException that names it', (_title, request, reason, name) => {
    expect(refusalOf(() => bindStop(request))).toMatchObject({
      type: 'ValidationException',
      status: 400,
      members: { reason, fieldList: [{ name }] },
    });
  });

  it('with several mistakes names them all', () => {
    expect(() => bindStop({ headers: {}, query: 'x=1' })).toThrow(
      /^2 validation errors detected: .*'x'.*'runtimeSessionId'/,
    );
  });

  it('with a word where the query wants a number is refused', () => {
    const request = { labels: {}, query: new URLSearchParams('maxResults=many'), headers: {}, body: Buffer.alloc(0) };
    expect(() => bindInput(operation('ListAgentRuntimes'), request)).toThrow("'maxResults'");
  });
});

describe('an answer', () => {
  it('puts members where the schema says', () => {
    const reply = encodeOutput(operation('StopRuntimeSession'), { runtimeSessionId: 's', statusCode: 202 });
    expect(reply).toMatchObject({ status: 202, headers: SESSION, body: Buffer.from('{}') });
  });

  it('without a required member is a mistake in the fake', () => {
    expect(() => encodeOutput(operation('GetAgentRuntime'), {})).toThrow(TypeError);
  });
});
