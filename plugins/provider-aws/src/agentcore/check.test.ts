import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  FAKE_CREDENTIALS,
  type FakeAgentCore,
  type FakeOptions,
  jsonAgent,
  startFakeAgentCore,
} from '@agent-dispatch/test/fakes/agentcore/index.js';
import type { CheckFinding } from '@agent-dispatch/core/provider';
import {
  contextFor,
  type ContextOptions,
  FAKE_ENVIRONMENT,
  FAKE_KEY,
  type LoadedProvider,
  loadProvider,
  profileAt,
} from '../testdata/provider-at-fake.js';

let provider: LoadedProvider;
let fake: FakeAgentCore;

beforeEach(async () => {
  provider = await loadProvider();
});
afterEach(async () => {
  await provider.close();
  await fake.close();
});

const AGENTS = { researcher: jsonAgent(() => 'done') };

async function check(
  options: Partial<FakeOptions> = {},
  more: (fake: FakeAgentCore) => Partial<ContextOptions> = () => ({}),
): Promise<CheckFinding[]> {
  fake = await startFakeAgentCore({ agents: AGENTS, ...options });
  const defaults = { account: profileAt(fake), details: { runtimeArn: fake.arn('researcher') } };
  const context = contextFor({ ...defaults, ...more(fake) });
  return provider.driver.check(context.request, context);
}

const statuses = (findings: CheckFinding[]) => Object.fromEntries(findings.map(({ name, status }) => [name, status]));
const named = (findings: CheckFinding[], name: string) => findings.find((finding) => finding.name === name);

it('passes for a runtime that is ready, and starts no session', async () => {
  const findings = await check();
  expect(statuses(findings)).toEqual({
    credentials: 'pass',
    target: 'pass',
    runtime: 'pass',
    protocol: 'pass',
    endpoint: 'pass',
  });
  expect(fake.sessions()).toEqual([]);
});

it('names the way to renew credentials that are missing, and asks nothing more', async () => {
  const findings = await check({}, () => ({ environment: {} }));
  expect(statuses(findings)).toEqual({ credentials: 'fail', target: 'pass' });
  expect(named(findings, 'credentials')?.fix).toContain('AWS_ACCESS_KEY_ID');
  expect(fake.log.requests()).toEqual([]);
});

it('fails for an account other than the expected one', async () => {
  const findings = await check({}, (at) => ({ account: profileAt(at, { expectedAccountId: '999988887777' }) }));
  expect(statuses(findings)).toMatchObject({ account: 'fail', target: 'fail' });
  expect(named(findings, 'account')?.message).toContain('111122223333, not 999988887777');
});

it('fails for a runtime that could not be created, with the reason', async () => {
  const runtimes = [{ name: 'researcher', status: 'CREATE_FAILED', failureReason: 'image not found' } as const];
  const runtime = named(await check({ runtimes }), 'runtime');
  expect(runtime).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('CREATE_FAILED (image not found)'),
  });
});

it('fails for a runtime that speaks another protocol, and names the setting', async () => {
  const findings = await check({ runtimes: [{ name: 'researcher', protocol: 'A2A' }] });
  expect(named(findings, 'protocol')).toMatchObject({
    status: 'fail',
    fix: expect.stringContaining('Set protocol a2a'),
  });
});

it('fails for an endpoint that does not exist', async () => {
  const findings = await check({}, (at) => ({ details: { runtimeArn: at.arn('researcher'), qualifier: 'nowhere' } }));
  expect(statuses(findings)).toMatchObject({ runtime: 'pass', endpoint: 'fail' });
});

it('warns of a longest lifetime other than the configured one', async () => {
  const findings = await check({ runtimes: [{ name: 'researcher', maxLifetimeSeconds: 3600 }] });
  expect(named(findings, 'lifetime')).toMatchObject({ status: 'warn', fix: expect.stringContaining('to 3600') });
});

it('only warns when descriptions may not be read', async () => {
  const denied = ['GetAgentRuntime', 'GetAgentRuntimeEndpoint'];
  const credentials = { [FAKE_KEY]: { ...FAKE_CREDENTIALS[FAKE_KEY], denied } };
  const findings = await check({ credentials });
  expect(statuses(findings)).toMatchObject({ runtime: 'warn', endpoint: 'warn' });
  expect(named(findings, 'runtime')?.fix).toContain('bedrock-agentcore:GetAgentRuntime');
});

it('warns of a session that would idle out while it is kept', async () => {
  const findings = await check({ runtimes: [{ name: 'researcher', idleSeconds: 60 }] }, (at) => ({
    details: { runtimeArn: at.arn('researcher'), keepSeconds: 600 },
  }));
  expect(named(findings, 'keep')).toMatchObject({ status: 'warn', fix: expect.stringContaining('60 or less') });
});

it('tells when the credentials end', async () => {
  const { key, secret } = { key: FAKE_KEY, secret: FAKE_ENVIRONMENT.AWS_SECRET_ACCESS_KEY };
  const printed = { Version: 1, AccessKeyId: key, SecretAccessKey: secret, Expiration: '2100-01-01T00:00:00Z' };
  const script = `console.log(${JSON.stringify(JSON.stringify(printed))})`;
  const credentials = { source: 'command', command: [process.execPath, '-e', script] };
  const findings = await check({}, (at) => ({ account: profileAt(at, { credentials }) }));
  expect(named(findings, 'credentials')?.message).toContain('until 2100-01-01T00:00:00.000Z');
});

it('warns of headers that the runtime keeps from the agent', async () => {
  const runtimes = [{ name: 'researcher', protocol: 'A2A', allowedHeaders: ['a2a-version'] } as const];
  const findings = await check({ runtimes }, (at) => {
    const details = { runtimeArn: at.arn('researcher'), headers: { 'X-Tenant': 'acme' } };
    return { request: { target: { mode: 'session', protocol: 'a2a', details } } };
  });
  expect(named(findings, 'headers')).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('A2A-Extensions, X-Tenant'),
  });
});

describe('where agent runtimes are made for tasks', () => {
  const image = '111122223333.dkr.ecr.us-west-2.amazonaws.com/research:7';
  const roleArn = 'arn:aws:iam::111122223333:role/team/research';
  const role = 'arn:aws:iam::111122223333:role/research';
  const AGENTCORE = 'bedrock-agentcore.amazonaws.com';
  const checkMaking = (
    details: Record<string, unknown> = {},
    options: Partial<FakeOptions> = {},
    settings: Record<string, unknown> = {},
  ): Promise<CheckFinding[]> =>
    check({ registry: { [image]: {} }, ...options }, (at) => ({
      mode: 'runtime',
      account: profileAt(at, settings),
      details: { image, roleArn, ...details },
    }));
  const denying = (...denied: string[]): Partial<FakeOptions> => ({
    credentials: { [FAKE_KEY]: { ...FAKE_CREDENTIALS[FAKE_KEY], denied } },
  });

  it('passes what can be tried by reads, says what cannot, and makes none', async () => {
    const findings = await checkMaking();
    expect(statuses(findings)).toEqual({
      credentials: 'pass',
      target: 'pass',
      list: 'pass',
      permissions: 'pass',
      image: 'pass',
      role: 'pass',
    });
    expect(named(findings, 'permissions')?.message).toContain('No read can try CreateAgentRuntime');
    expect(named(findings, 'image')?.message).toContain('for arm64, with 50 MB');
    expect(fake.runtimes.made()).toEqual([]);
    expect(fake.sessions()).toEqual([]);
  });

  it('takes an image for several platforms, one of them the right one', async () => {
    const registry = { [image]: { architectures: ['amd64', 'arm64'] } };
    expect(named(await checkMaking({}, { registry }), 'image')).toMatchObject({ status: 'pass' });
  });

  it.each<[string, Partial<FakeOptions>, string]>([
    ['in a repository that is not there', { registry: {} }, 'RepositoryNotFoundException'],
    ['not there', { registry: { [image.replace(':7', ':6')]: {} } }, 'is not in its repository'],
    ['for another platform', { registry: { [image]: { architectures: ['amd64'] } } }, 'is for amd64'],
    ['for other platforms', { registry: { [image]: { architectures: ['amd64', '386'] } } }, 'is for amd64, 386'],
    ['too large', { registry: { [image]: { bytes: 2_000_000_001 } } }, 'has 2001 MB'],
  ])('fails for an image that is %s, and says how to mend that', async (_title, options, message) => {
    expect(named(await checkMaking({}, options), 'image')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining(message),
      fix: expect.any(String),
    });
  });

  it.each(['BatchGetImage', 'GetDownloadUrlForLayer'])('only warns of an image where %s is denied', async (denied) => {
    const found = named(await checkMaking({}, denying(denied)), 'image');
    expect(found).toMatchObject({
      status: 'warn',
      fix: expect.stringContaining(
        'aws ecr describe-images --registry-id 111122223333 --region us-west-2 --repository-name research --image-ids imageTag=7',
      ),
    });
  });

  it.each<[string, Partial<FakeOptions>, 'pass' | 'warn' | 'fail', string]>([
    ['that trusts AgentCore among others', { roles: { [role]: ['ec2.amazonaws.com', AGENTCORE] } }, 'pass', 'may'],
    ['that does not exist', { roles: {} }, 'fail', 'NoSuchEntity'],
    ['that trusts others', { roles: { [role]: ['lambda.amazonaws.com'] } }, 'fail', 'does not trust AgentCore'],
    ['that may not be read', denying('GetRole'), 'warn', 'could not be told'],
  ])('tells of a role %s', async (_title, options, status, message) => {
    expect(named(await checkMaking({}, options), 'role')).toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  it.each(['GetAgentRuntime', 'GetAgentRuntimeEndpoint', 'ListAgentRuntimeEndpoints', 'ListTagsForResource'])(
    'fails without the permission for %s, and names it',
    async (operation) => {
      const findings = await checkMaking({}, denying(operation));
      expect(named(findings, 'permission')).toMatchObject({
        status: 'fail',
        fix: expect.stringContaining(`Allow bedrock-agentcore:${operation} on`),
      });
      expect(named(findings, 'permissions')).toBeUndefined();
    },
  );

  it.each<[string, Record<string, unknown>, Record<string, unknown>, object]>([
    ['an image of another registry', { image: 'docker.io/library/node' }, {}, { image: 'fail' }],
    ['an image of another region', { image: image.replace('us-west-2', 'eu-west-1') }, {}, { region: 'warn' }],
    ['settings that contradict each other', { networkMode: 'VPC' }, {}, { target: 'fail' }],
    ['a role of another account', { roleArn: roleArn.replace('1111', '9999') }, {}, { role: 'fail' }],
  ])('names %s', async (_title, details, settings, expected) => {
    expect(statuses(await checkMaking(details, {}, settings))).toMatchObject(expected);
  });

  it('warns where runtimes may not be listed', async () => {
    expect(statuses(await checkMaking({}, denying('ListAgentRuntimes')))).toMatchObject({ list: 'warn' });
  });

  it('asks nothing more where the account is another than expected', async () => {
    const findings = await checkMaking({}, {}, { expectedAccountId: '999988887777' });
    expect(statuses(findings)).toEqual({ credentials: 'pass', account: 'fail', target: 'pass' });
    expect(fake.log.requests()).toHaveLength(1);
  });
});
