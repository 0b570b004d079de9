import { describe, expect, it } from '@jest/globals';
import { DispatchError } from '@agent-dispatch/core/errors';
import { readAccount } from '../account/account.js';
import { ERROR_FACTORY } from '../testdata/provider-at-fake.js';
import { codedError, CredentialFailure } from './errors.js';

const account = readAccount({ name: 'dev', provider: 'aws', settings: { region: 'us-west-2' } });
const read = (error: unknown, beginsWork: boolean) =>
  codedError(error, { account, action: 'bedrock-agentcore:Some', resource: 'arn:aws:some', beginsWork }, ERROR_FACTORY);

const failure = (fields: Record<string, unknown>, message = 'it failed'): Error =>
  Object.assign(new Error(message), fields);
const answered = (httpStatusCode: number, name = 'SomeException'): Error =>
  failure({ name, $metadata: { httpStatusCode } });

describe('a call that begins work', () => {
  it.each<[string, Error]>([
    ['a reset connection', failure({ name: 'TimeoutError', code: 'ECONNRESET' })],
    ['no headers in time', failure({ name: 'TimeoutError', code: 'ETIMEDOUT' }, 'exceeded the requestTimeout')],
    ['an abort', failure({ name: 'AbortError' }, 'Request aborted')],
    ['a failure of the service', answered(500, 'InternalServerException')],
    ['a gateway without an answer', answered(504)],
    [
      'a failure that speaks of connections of its own',
      failure({ name: 'Error', $metadata: { httpStatusCode: 502 } }, 'connect ECONNREFUSED 10.0.0.1:5432'),
    ],
    [
      'a failure told in a stream, which speaks of connections of its own',
      failure({ name: 'InternalServerException', $fault: 'server' }, 'connect ECONNREFUSED 10.0.0.1:5432'),
    ],
    ['an error never seen before', failure({})],
  ])('has an unknown outcome after %s', (_name, error) => {
    expect(read(error, true)).toMatchObject({
      code: 'AD_TASK_OUTCOME_UNKNOWN',
      retryable: false,
      details: { ambiguous: true },
    });
  });

  it.each<[string, Error]>([
    ['a name that is not found', failure({ code: 'ENOTFOUND' }, 'getaddrinfo ENOTFOUND nowhere')],
    ['a refused connection', failure({ code: 'ECONNREFUSED' }, 'connect ECONNREFUSED 127.0.0.1:1')],
    [
      'a name with several addresses that all refuse',
      new AggregateError(['::1', '127.0.0.1'].map((at) => new Error(`connect ECONNREFUSED ${at}:1`))),
    ],
    ['a connection timeout', failure({ name: 'TimeoutError' }, 'the request socket did not establish a connection')],
    [
      'a connection that broke before it was secure',
      failure(
        { name: 'TimeoutError', code: 'ECONNRESET' },
        'Client network socket disconnected before secure TLS connection was established',
      ),
    ],
    ['a certificate that is not trusted', failure({ code: 'SELF_SIGNED_CERT_IN_CHAIN' })],
    ['a credential source that is down', new CredentialFailure(answered(503))],
  ])('did certainly not begin after %s', (_name, error) => {
    const coded = read(error, true);
    expect(coded).toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE', retryable: true });
    expect(coded).not.toHaveProperty('details.ambiguous');
  });
});

it.each([
  failure(
    { name: 'InvalidSignatureException', $metadata: { httpStatusCode: 403 } },
    'Signature expired: it is now later',
  ),
  failure(
    { name: 'SignatureDoesNotMatch', $metadata: { httpStatusCode: 403 } },
    'Signature not yet current: it is now',
  ),
  answered(403, 'RequestTimeTooSkewed'),
])('a signature refused for its time is told as a wrong clock: $name', (error) => {
  expect(read(error, true)).toMatchObject({
    code: 'AD_PROVIDER_UNAUTHENTICATED',
    hint: expect.stringContaining('clock'),
  });
});

it('what a signature should have been made of is left out: the session token is in it', () => {
  const shown = "'GET\\n/\\n\\nx-amz-security-token:the-token'";
  const message = `The request signature does not match.\n\nThe Canonical String for this request should have been\n${shown}`;
  const error = failure({ name: 'SignatureDoesNotMatch', $metadata: { httpStatusCode: 403 } }, message);
  expect(read(error, true).message).toMatch(/does not match\.$/);
});

it('a refusal of a kind never seen before is not worth repeating', () => {
  expect(read(answered(418), false)).toMatchObject({ code: 'AD_PROVIDER_INTERNAL', retryable: false });
});

describe('an error within a stream, which has no status', () => {
  it.each([
    ['AccessDeniedException', 'AD_PROVIDER_DENIED'],
    ['ResourceNotFoundException', 'AD_PROVIDER_NOT_FOUND'],
    ['RuntimeClientError', 'AD_PROVIDER_AGENT_FAILED'],
    ['ServiceQuotaExceededException', 'AD_PROVIDER_QUOTA'],
    ['ThrottlingException', 'AD_PROVIDER_THROTTLED'],
    ['ValidationException', 'AD_PROVIDER_INVALID_REQUEST'],
    ['InternalServerException', 'AD_TASK_OUTCOME_UNKNOWN'],
  ])('%s is %s', (name, code) => {
    expect(read(failure({ name }), true)).toMatchObject({ code });
  });
});

describe('a call that may be repeated', () => {
  it.each<[string, Error]>([
    ['a reset connection', failure({ code: 'ECONNRESET' })],
    ['a state that is changing', answered(409, 'ConflictException')],
    ['a failure of the service', answered(500)],
  ])('is worth repeating after %s', (_name, error) => {
    expect(read(error, false)).toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE', retryable: true });
  });
});

it('a refusal names the action, the resource, the account and what to grant', () => {
  expect(read(answered(403, 'AccessDeniedException'), true)).toMatchObject({
    code: 'AD_PROVIDER_DENIED',
    message: 'bedrock-agentcore:Some with account dev failed: AccessDeniedException: it failed',
    hint: 'Allow bedrock-agentcore:Some on arn:aws:some to the identity of account dev.',
    details: { operation: 'bedrock-agentcore:Some', resource: 'arn:aws:some', account: 'dev', status: 403 },
  });
});

it('a page in place of an answer is told without the noise of the parser', () => {
  const page = failure({ name: 'SyntaxError', $metadata: { httpStatusCode: 503 } }, "Unexpected token '<', <html>");
  expect(read(page, true).message).toMatch(/a proxy, answered HTTP 503 in place of the service\.$/);
});

it('an error that has a code already keeps it', () => {
  const coded = new DispatchError('AD_PROVIDER_TARGET_INVALID', 'no');
  expect(read(coded, true)).toBe(coded);
});

it('a message of the service is kept to one short line', () => {
  const { message } = read(failure({}, 'x\n'.repeat(5000)), true);
  expect(message).not.toContain('\n');
  expect(message.length).toBeLessThan(700);
});
