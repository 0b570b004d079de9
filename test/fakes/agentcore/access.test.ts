import { afterEach, describe, expect, it } from '@jest/globals';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ListAgentRuntimeVersionsCommand } from '@aws-sdk/client-bedrock-agentcore-control';
import { type FakeAgentCore, jsonAgent, startFakeAgentCore } from './index.js';
import { controlClient, dataClient, invoke, sessionId, textOf } from './sdk-clients.js';

const CREDENTIALS = {
  FAKEACCESSKEY1: { account: '111122223333', secretAccessKey: 'not-a-secret-1' },
  FAKEACCESSKEY2: { account: '444455556666', secretAccessKey: 'not-a-secret-2', sessionToken: 'a session token' },
  FAKEACCESSKEY3: { account: '111122223333', secretAccessKey: 'not-a-secret-3', denied: ['InvokeAgentRuntime'] },
};

let fake: FakeAgentCore;
afterEach(() => fake.close());

async function start(): Promise<void> {
  fake = await startFakeAgentCore({
    agents: { researcher: jsonAgent(() => 'hi') },
    credentials: CREDENTIALS,
    runtimes: [{ name: 'researcher' }, { name: 'researcher', region: 'us-east-1', account: '444455556666' }],
  });
}

const first = { accessKeyId: 'FAKEACCESSKEY1', secretAccessKey: 'not-a-secret-1' };
const second = { accessKeyId: 'FAKEACCESSKEY2', secretAccessKey: 'not-a-secret-2', sessionToken: 'a session token' };

describe('regions and accounts', () => {
  it('keeps two accounts in two regions apart, by path prefix', async () => {
    await start();
    const west = dataClient(fake);
    const east = dataClient(fake, { region: 'us-east-1', endpoint: fake.regionUrl('us-east-1'), credentials: second });
    const elsewhere = fake.arn('researcher', { region: 'us-east-1', account: '444455556666' });
    await textOf(await invoke({ fake, client: west, session: sessionId('a') }));
    await textOf(await invoke({ fake, client: east, session: sessionId('a') }, { agentRuntimeArn: elsewhere }));
    expect(fake.log.requests()).toMatchObject([
      { region: 'us-west-2', accessKeyId: 'FAKEACCESSKEY1' },
      { region: 'us-east-1', accessKeyId: 'FAKEACCESSKEY2' },
    ]);
    expect(fake.sessions().map(({ account, region }) => [account, region])).toEqual([
      ['111122223333', 'us-west-2'],
      ['444455556666', 'us-east-1'],
    ]);
  });

  it('takes the region from the signature where the address names none', async () => {
    await start();
    const client = dataClient(fake, { region: 'us-east-1', endpoint: fake.url, credentials: second });
    const agentRuntimeArn = fake.arn('researcher', { region: 'us-east-1', account: '444455556666' });
    expect(await textOf(await invoke({ fake, client, session: sessionId('a') }, { agentRuntimeArn }))).toBe('"hi"');
  });

  it('serves one plane alone where the address says so', async () => {
    await start();
    const data = dataClient(fake, { endpoint: fake.regionUrl('us-west-2', 'data') });
    const control = dataClient(fake, { endpoint: fake.regionUrl('us-west-2', 'control') });
    expect(await textOf(await invoke({ fake, client: data, session: sessionId('a') }))).toBe('"hi"');
    await expect(invoke({ fake, client: control, session: sessionId('a') })).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  it('answers an operation that is not served as unknown, and records its name', async () => {
    await start();
    const agentRuntimeId = fake.runtimes.get('researcher').id;
    const versions = new ListAgentRuntimeVersionsCommand({ agentRuntimeId });
    await expect(controlClient(fake).send(versions)).rejects.toMatchObject({
      name: 'UnknownOperationException',
      $metadata: { httpStatusCode: 404 },
    });
    const [request] = fake.log.requests();
    expect(request).toMatchObject({ operation: 'ListAgentRuntimeVersions', plane: 'control', status: 404 });
  });
});

describe('signatures', () => {
  const table: readonly [title: string, config: Parameters<typeof dataClient>[1], name: string][] = [
    ['a signature for another region', { region: 'us-east-1' }, 'InvalidSignatureException'],
    ['an old signature', { systemClockOffset: -301_000 }, 'InvalidSignatureException'],
    ['a signature of the future', { systemClockOffset: 301_000 }, 'InvalidSignatureException'],
    ['a wrong secret', { credentials: { ...first, secretAccessKey: 'wrong' } }, 'InvalidSignatureException'],
    ['an unknown access key', { credentials: { ...first, accessKeyId: 'NOBODY' } }, 'UnrecognizedClientException'],
    ['a wrong session token', { credentials: { ...second, sessionToken: 'stale' } }, 'UnrecognizedClientException'],
    [
      'an operation that the identity may not call',
      { credentials: { accessKeyId: 'FAKEACCESSKEY3', secretAccessKey: 'not-a-secret-3' } },
      'AccessDeniedException',
    ],
  ];

  it.each(table)('%s gets 403 and starts nothing', async (_title, config, name) => {
    await start();
    const call = invoke({ fake, client: dataClient(fake, config), session: sessionId('a') });
    await expect(call).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
    expect(fake.sessions()).toEqual([]);
  });

  it.each([
    ['none', {}, 'MissingAuthenticationTokenException'],
    ['a half signature', { authorization: 'AWS4-HMAC-SHA256 Credential=x' }, 'IncompleteSignatureException'],
  ])('%s gets 403', async (_title, headers, type) => {
    await start();
    const url = `${fake.regionUrl('us-west-2')}/runtimes/${encodeURIComponent(fake.arn('researcher'))}/invocations`;
    const answer = await fetch(url, { method: 'POST', headers, body: '{}' });
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([403, type]);
  });

  it('survive characters that need escaping in path and query', async () => {
    await start();
    const call = invoke({ fake, client: dataClient(fake), session: sessionId('a') }, { qualifier: "it's (a) *!/+ é" });
    await expect(call).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('GetCallerIdentity', () => {
  it('tells which account the credentials reach', async () => {
    await start();
    const client = new STSClient({
      region: 'us-east-1',
      endpoint: fake.regionUrl('us-east-1'),
      credentials: second,
      maxAttempts: 1,
    });
    expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '444455556666' });
  });

  it('refuses a wrong secret', async () => {
    await start();
    const credentials = { ...first, secretAccessKey: 'wrong' };
    const client = new STSClient({
      region: 'us-east-1',
      endpoint: fake.regionUrl('us-east-1'),
      credentials,
      maxAttempts: 1,
    });
    await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });
});

describe('tokens', () => {
  const call = async (runtime: string, token: string): Promise<[number, string | null]> => {
    const url = `${fake.regionUrl('us-west-2')}/runtimes/${encodeURIComponent(fake.arn(runtime))}/invocations`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: '{}' });
    return [answer.status, answer.headers.get('x-amzn-errortype')];
  };

  it('open runtimes that have an authorizer, and no others; signatures the reverse', async () => {
    fake = await startFakeAgentCore({
      agents: { open: jsonAgent(() => 'hi'), guarded: jsonAgent(() => 'hi') },
      runtimes: [{ name: 'open' }, { name: 'guarded', authorization: 'bearer' }],
      tokens: { valid: { account: '111122223333' } },
    });
    expect(await call('guarded', 'valid')).toEqual([200, null]);
    expect(await call('guarded', 'stale')).toEqual([401, 'UnauthorizedException']);
    expect(await call('open', 'valid')).toEqual([403, 'AccessDeniedException']);
    const signed = invoke(
      { fake, client: dataClient(fake), session: sessionId('a') },
      { agentRuntimeArn: fake.arn('guarded') },
    );
    await expect(signed).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
