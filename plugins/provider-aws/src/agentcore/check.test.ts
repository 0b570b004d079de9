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

describe('where agent runtimes are made for tasks', () => {
  const image = '111122223333.dkr.ecr.us-west-2.amazonaws.com/research:7';
  const roleArn = 'arn:aws:iam::111122223333:role/research';
  const checkMaking = (details: Record<string, unknown>, more: Record<string, unknown> = {}, options = {}) =>
    check(options, (at) => ({
      mode: 'runtime',
      account: profileAt(at, more),
      details: { image, roleArn, ...details },
    }));

  it('passes what could be tried, says what was not, and makes none', async () => {
    const findings = await checkMaking({});
    expect(statuses(findings)).toEqual({ credentials: 'pass', target: 'pass', list: 'pass', image: 'warn' });
    expect(named(findings, 'image')?.fix).toBe(
      'aws ecr describe-images --registry-id 111122223333 --region us-west-2 --repository-name research --image-ids imageTag=7',
    );
    expect(fake.runtimes.made()).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, object]>([
    ['an image of another registry', { image: 'docker.io/library/node' }, {}, { image: 'fail' }],
    ['an image of another region', { image: image.replace('us-west-2', 'eu-west-1') }, {}, { region: 'warn' }],
    ['settings that contradict each other', { networkMode: 'VPC' }, {}, { target: 'fail' }],
    [
      'a role of another account',
      { roleArn: roleArn.replace('1111', '9999') },
      { expectedAccountId: '111122223333' },
      { role: 'fail' },
    ],
  ])('names %s', async (_title, details, settings, expected) => {
    expect(statuses(await checkMaking(details, settings))).toMatchObject(expected);
  });

  it('warns where runtimes may not be listed', async () => {
    const credentials = { [FAKE_KEY]: { ...FAKE_CREDENTIALS[FAKE_KEY], denied: ['ListAgentRuntimes'] } };
    expect(statuses(await checkMaking({}, {}, { credentials }))).toMatchObject({ list: 'warn' });
  });
});
