import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountProfile, DriverEvent } from '@agent-dispatch/core/provider';
import { type FakeAgentCore, jsonAgent, startFakeAgentCore } from '@agent-dispatch/test/fakes/agentcore/index.js';
import {
  collect,
  contextFor,
  type LoadedProvider,
  loadProvider,
  profileAt,
  startAttempt,
} from '../testdata/provider-at-fake.js';

const WEST = { account: '111122223333', region: 'us-west-2' };
const EAST = { account: '444455556666', region: 'us-east-1' };
const CREDENTIALS = {
  WESTKEY: { account: WEST.account, secretAccessKey: 'west-not-a-secret' },
  EASTKEY: { account: EAST.account, secretAccessKey: 'east-not-a-secret', sessionToken: 'east-token' },
  AMBIENTKEY: { account: WEST.account, secretAccessKey: 'ambient-not-a-secret' },
};

let provider: LoadedProvider;
let fake: FakeAgentCore;
let folder: string;
const before = process.env;

beforeEach(async () => {
  provider = await loadProvider();
  fake = await startFakeAgentCore({
    agents: { researcher: jsonAgent(() => 'done') },
    runtimes: [WEST, EAST].map((where) => ({ name: 'researcher', ...where })),
    credentials: CREDENTIALS,
  });
  folder = await mkdtemp(join(tmpdir(), 'provider-aws-'));
  // What must never be used unless a profile says so.
  const { secretAccessKey } = CREDENTIALS.AMBIENTKEY;
  process.env = { ...before, AWS_ACCESS_KEY_ID: 'AMBIENTKEY', AWS_SECRET_ACCESS_KEY: secretAccessKey };
});
afterEach(async () => {
  process.env = before;
  await provider.close();
  await fake.close();
  await rm(folder, { recursive: true });
});

async function run(
  account: AccountProfile,
  where: typeof WEST,
  environment: Record<string, string>,
): Promise<DriverEvent[]> {
  const details = { runtimeArn: fake.arn('researcher', where) };
  const context = contextFor({ account, details, environment });
  const provisioned = await collect(provider.driver.provision(provider.driver.plan(context.request, context), context));
  return [...provisioned, ...(await collect(startAttempt(provider.driver, context).events))];
}

const keysUsed = () => fake.log.requests().map(({ region, accessKeyId }) => ({ region, accessKeyId }));
const east = (credentials: unknown) => profileAt(fake, { credentials }, EAST.region);
const succeeded = { type: 'ended', outcome: 'succeeded' };

async function sharedCredentials(profile: string, key: keyof typeof CREDENTIALS): Promise<Record<string, string>> {
  const { secretAccessKey, ...rest } = CREDENTIALS[key];
  const token = 'sessionToken' in rest ? [`aws_session_token = ${rest.sessionToken}`] : [];
  const lines = [`[${profile}]`, `aws_access_key_id = ${key}`, `aws_secret_access_key = ${secretAccessKey}`, ...token];
  const file = join(folder, 'credentials');
  await writeFile(file, lines.join('\n'));
  return { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: join(folder, 'config') };
}

it('two account profiles reach each their own region, endpoint and credential source', async () => {
  const files = await sharedCredentials('east', 'EASTKEY');
  const west = profileAt(fake, { expectedAccountId: WEST.account });
  const fromWest = await run(west, WEST, {
    AWS_ACCESS_KEY_ID: 'WESTKEY',
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.WESTKEY.secretAccessKey,
  });
  const fromEast = await run(east({ source: 'profile', profile: 'east' }), EAST, files);
  expect([fromWest.at(-1), fromEast.at(-1)]).toMatchObject([succeeded, succeeded]);
  const seen = fake.log.requests().map(({ operation, accessKeyId, region, target }) => {
    return [operation, accessKeyId, region, target.split('/')[1]];
  });
  expect(seen).toEqual([
    ['GetCallerIdentity', 'WESTKEY', 'us-west-2', 'us-west-2'],
    ['InvokeAgentRuntime', 'WESTKEY', 'us-west-2', 'us-west-2'],
    ['InvokeAgentRuntime', 'EASTKEY', 'us-east-1', 'us-east-1'],
  ]);
});

it('a profile without credentials means the shared profile `default`, whatever the environment holds', async () => {
  const files = await sharedCredentials('default', 'EASTKEY');
  const events = await run(east(undefined), EAST, files);
  expect(events.at(-1)).toMatchObject(succeeded);
  expect(keysUsed()).toEqual([{ region: 'us-east-1', accessKeyId: 'EASTKEY' }]);
});

it('ambient credentials do not stand in for a profile that has none', async () => {
  const files = await sharedCredentials('other', 'EASTKEY');
  await expect(run(east({ source: 'profile', profile: 'east' }), EAST, files)).rejects.toMatchObject({
    code: 'AD_PROVIDER_UNAUTHENTICATED',
    hint: expect.stringContaining('aws sso login --profile east'),
  });
  expect(keysUsed()).toEqual([]);
});

it('credentials of the environment are those that the host hands over, not those of the process', async () => {
  await expect(run(profileAt(fake), WEST, {})).rejects.toMatchObject({
    code: 'AD_PROVIDER_UNAUTHENTICATED',
    message: expect.stringContaining('AWS_ACCESS_KEY_ID is not set'),
  });
  expect(keysUsed()).toEqual([]);
});

it('an sso profile that is not signed in names the command that signs it in', async () => {
  const sso = ['sso_start_url = https://example.invalid', 'sso_region = us-east-1', 'sso_account_id = 444455556666'];
  await writeFile(join(folder, 'config'), ['[profile east]', ...sso, 'sso_role_name = dev'].join('\n'));
  const files = { AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') };
  await expect(run(east({ source: 'sso', profile: 'east' }), EAST, files)).rejects.toMatchObject({
    code: 'AD_PROVIDER_UNAUTHENTICATED',
    hint: 'Run `aws sso login --profile east`, then try again.',
  });
});

it('renewed credentials are taken up after a refusal, in the same process', async () => {
  const files = await sharedCredentials('east', 'WESTKEY');
  const profile = east({ source: 'profile', profile: 'east' });
  fake.faults.inject({
    operation: 'InvokeAgentRuntime',
    fault: { kind: 'error', type: 'UnrecognizedClientException' },
  });
  await expect(run(profile, EAST, files)).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAUTHENTICATED' });
  await sharedCredentials('east', 'EASTKEY');
  expect((await run(profile, EAST, files)).at(-1)).toMatchObject(succeeded);
  expect(keysUsed().map(({ accessKeyId }) => accessKeyId)).toEqual(['WESTKEY', 'EASTKEY']);
});

it('what stops a session uses the credentials with which its account was verified, whatever the file holds by then', async () => {
  const credentials = { source: 'profile', profile: 'x' };
  const account = profileAt(fake, { expectedAccountId: WEST.account, credentials });
  const environment = await sharedCredentials('x', 'WESTKEY');
  await run(account, WEST, environment);
  await sharedCredentials('x', 'EASTKEY');
  const context = contextFor({ account, details: { runtimeArn: fake.arn('researcher', WEST) }, environment });
  await expect(provider.driver.cancel(provider.driver.plan(context.request, context), context)).resolves.toBe(
    'stopped',
  );
  expect(new Set(keysUsed().map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['WESTKEY']));
});

it.each<[string, number | undefined, (times: number) => boolean]>([
  ['once for all that is called', undefined, (times) => times === 1],
  ['once for all that is called, while they hold', 3_600_000, (times) => times === 1],
  ['for others in their last minutes', 60_000, (times) => times > 1],
])('a source of credentials is asked %s', async (_name, validMs, isRight) => {
  const asked = join(folder, 'asked');
  const expiration = validMs === undefined ? {} : { Expiration: new Date(Date.now() + validMs).toISOString() };
  const { secretAccessKey } = CREDENTIALS.WESTKEY;
  const printed = { Version: 1, AccessKeyId: 'WESTKEY', SecretAccessKey: secretAccessKey, ...expiration };
  const program = `
    require('node:fs').appendFileSync(${JSON.stringify(asked)}, '.');
    console.log(${JSON.stringify(JSON.stringify(printed))});`;
  const credentials = { source: 'command', command: [process.execPath, '-e', program] };
  const account = profileAt(fake, { expectedAccountId: WEST.account, credentials });
  const events = await run(account, WEST, {});
  expect(events.at(-1)).toMatchObject(succeeded);
  const context = contextFor({ account, details: { runtimeArn: fake.arn('researcher', WEST) }, environment: {} });
  await provider.driver.cancel(provider.driver.plan(context.request, context), context);
  const times = (await readFile(asked, 'utf8')).length;
  expect({ times, isRight: isRight(times) }).toEqual({ times, isRight: true });
});

it('credentials of a command are used, and it sees nothing of where it is started but what the host hands over', async () => {
  const program = `
    if (process.env.AWS_ACCESS_KEY_ID) process.exit(3);
    if (process.cwd() !== require('node:path').parse(process.cwd()).root) process.exit(4);
    console.log(JSON.stringify({ Version: 1, AccessKeyId: 'EASTKEY', SecretAccessKey: 'east-not-a-secret', SessionToken: 'east-token' }));`;
  const command = [process.execPath, '-e', program];
  const events = await run(east({ source: 'command', command }), EAST, { HOME: folder });
  expect(events.at(-1)).toMatchObject(succeeded);
  expect(keysUsed()).toEqual([{ region: 'us-east-1', accessKeyId: 'EASTKEY' }]);
});

it.each([
  ['fails', 'console.log("s3cret"); process.exit(3)', 'failed (3)'],
  ['prints no JSON', 'console.log("s3cret")', 'did not print JSON'],
  [
    'prints no credentials',
    'console.log(JSON.stringify({ Version: 1, AccessKeyId: "s3cret" }))',
    'must print Version 1',
  ],
])('a credential command that %s is told without its output', async (_name, program, message) => {
  const profile = east({ source: 'command', command: [process.execPath, '-e', program] });
  const failure = run(profile, EAST, {});
  await expect(failure).rejects.toMatchObject({ message: expect.stringContaining(message) });
  await expect(failure).rejects.toMatchObject({ message: expect.not.stringContaining('s3cret') });
});

it.each(['http://example.com', 'https://user:secret@example.com', 'ftp://example.com', 'example.com'])(
  'an endpoint of the environment that is no safe address is refused before anything is sent: %s',
  async (address) => {
    const profile = profileAt(fake, { endpoints: undefined });
    const environment = {
      AWS_ACCESS_KEY_ID: 'WESTKEY',
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.WESTKEY.secretAccessKey,
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: address,
    };
    const failure = run(profile, WEST, environment);
    await expect(failure).rejects.toMatchObject({
      code: 'AD_CONFIG_INVALID',
      message: expect.stringContaining('AWS_ENDPOINT_URL_BEDROCK_AGENTCORE'),
    });
    await expect(failure).rejects.toMatchObject({ message: expect.not.stringContaining('example.com') });
  },
);

it('a signature that does not fit is told without the session token, which the service repeats', async () => {
  const profile = profileAt(
    fake,
    { credentials: { source: 'environment' }, expectedAccountId: EAST.account },
    EAST.region,
  );
  const environment = { AWS_ACCESS_KEY_ID: 'EASTKEY', AWS_SECRET_ACCESS_KEY: 'wrong', AWS_SESSION_TOKEN: 'east-token' };
  const failure = run(profile, EAST, environment);
  await expect(failure).rejects.toMatchObject({
    code: 'AD_PROVIDER_UNAUTHENTICATED',
    message: expect.stringContaining('does not match'),
  });
  await expect(failure).rejects.toMatchObject({ message: expect.not.stringContaining('east-token') });
});

it('an account other than the expected one is refused before any work', async () => {
  const profile = profileAt(fake, {
    expectedAccountId: WEST.account,
    credentials: { source: 'profile', profile: 'x' },
  });
  const files = await sharedCredentials('x', 'EASTKEY');
  await expect(run(profile, WEST, files)).rejects.toMatchObject({
    code: 'AD_PROVIDER_UNAUTHENTICATED',
    message: expect.stringContaining('reach AWS account 444455556666, not 111122223333'),
  });
  expect(fake.log.requests().map(({ operation }) => operation)).toEqual(['GetCallerIdentity']);
});
