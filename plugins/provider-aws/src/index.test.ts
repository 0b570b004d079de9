import { expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate, type ProviderManifest } from '@agent-dispatch/schemas';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { loadProvider } from './testdata/provider-at-fake.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(await readFile(join(root, 'manifest.json'), 'utf8')) as ProviderManifest;
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).addVocabulary(['x-agentdispatch']);
const takesSettings = ajv.compile(manifest.account.settings);

it('has a manifest that is valid', () => {
  expect(validate('ProviderManifest', manifest)).toEqual([]);
});

it('has the drivers and verbs that the manifest declares, and no other', async () => {
  const { driver } = await loadProvider();
  expect(manifest.drivers.map(({ name }) => name)).toEqual(['agentcore']);
  expect(Object.keys(driver).sort()).toEqual([
    'cancel',
    'channel',
    'check',
    'cleanup',
    'handoff',
    'plan',
    'provision',
    'resume',
    'start',
    'sweep',
  ]);
});

it.each<[string, unknown]>([
  ['no source', undefined],
  ['a profile', { source: 'profile', profile: 'dev' }],
  ['an sso profile', { source: 'sso', profile: 'dev' }],
  ['a role', { source: 'role', profile: 'dev', roleArn: 'arn:aws:iam::111122223333:role/dispatch' }],
  ['a web identity', { source: 'web-identity' }],
  ['the environment', { source: 'environment' }],
  ['a command', { source: 'command', command: ['credentials'] }],
])('takes %s as the source of credentials', (_name, credentials) => {
  const settings = { region: 'us-west-2', ...(credentials !== undefined && { credentials }) };
  expect([takesSettings(settings), takesSettings.errors]).toEqual([true, null]);
});

it.each<[string, Record<string, unknown>]>([
  ['a profile without its name', { credentials: { source: 'profile' } }],
  ['a role without its ARN', { credentials: { source: 'role', profile: 'dev' } }],
  ['a command without a program', { credentials: { source: 'command' } }],
  ['an unknown source', { credentials: { source: 'default-chain' } }],
  ['a secret', { credentials: { source: 'environment', secretAccessKey: 'x' } }],
  ['no region', { region: undefined }],
  ['an availability zone', { region: 'us-west-2a' }],
])('refuses %s', (_name, settings) => {
  expect(takesSettings(JSON.parse(JSON.stringify({ region: 'us-west-2', ...settings })))).toBe(false);
});

it.each([
  ['https://vpce-1.bedrock-agentcore.us-west-2.vpce.amazonaws.com', true],
  ['http://127.0.0.1:4566/us-west-2', true],
  ['http://example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['https://user:secret@example.com', false],
  ['https://', false],
])('takes %s as an endpoint: %s', (url, isTaken) => {
  for (const plane of ['data', 'control', 'sts']) {
    expect(takesSettings({ region: 'us-west-2', endpoints: { [plane]: url } })).toBe(isTaken);
  }
});

async function sources(): Promise<{ file: string; source: string }[]> {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file));
  return Promise.all(files.map(async (file) => ({ file, source: await readFile(join(root, 'src', file), 'utf8') })));
}

it('imports each AWS client in one place, and only when it is used', async () => {
  const sites: Record<string, string[]> = {};
  for (const { file, source } of await sources()) {
    expect(source).not.toMatch(/^import (?!type\b)[^;]*'@aws-sdk\//m);
    for (const [, name = ''] of source.matchAll(/\bimport\('(@aws-sdk\/[^']+)'\)/g)) (sites[name] ??= []).push(file);
  }
  expect(sites).toEqual({
    '@aws-sdk/client-bedrock-agentcore': ['aws/data-plane.ts'],
    '@aws-sdk/client-bedrock-agentcore-control': ['aws/control-plane.ts'],
    '@aws-sdk/client-sts': ['aws/caller-identity.ts'],
    '@aws-sdk/credential-providers': ['account/credentials.ts'],
  });
});

/** Of mode `session` and of mode `runtime`, as docs/iam.md gives them. */
async function documentedActions(): Promise<{ text: string; actions: string[][] }> {
  const text = await readFile(join(root, 'docs/iam.md'), 'utf8');
  const policies = [...text.matchAll(/```json\n([^`]*)```/g)].map(
    ([, policy = '']) => JSON.parse(policy) as { Statement: { Action: string | string[] }[] },
  );
  return { text, actions: policies.map(({ Statement }) => Statement.flatMap(({ Action }) => Action).sort()) };
}

/** In prose: of some targets alone, or of everyone. */
const BESIDE = [
  'bedrock-agentcore:GetAgentCard',
  'bedrock-agentcore:InvokeAgentRuntimeForUser',
  'sts:GetCallerIdentity',
];

it('documents the policies that the manifest asks for, in each mode', async () => {
  const [{ permissions = [] } = {}] = manifest.drivers;
  const declared = (['session', 'runtime'] as const).map((mode) =>
    permissions
      .filter(({ targetModes = [mode] }) => targetModes.includes(mode))
      .map(({ action }) => action)
      .filter((action) => !BESIDE.includes(action))
      .sort(),
  );
  const { text, actions } = await documentedActions();
  expect(actions).toEqual(declared);
  for (const action of BESIDE) expect(text).toContain(action.split(':')[1]);
});

it('calls nothing that the manifest does not ask for', async () => {
  const asked = manifest.drivers.flatMap(({ permissions = [] }) => permissions.map(({ action }) => action));
  const called = new Set<string>();
  for (const { source } of await sources()) {
    for (const [, action = ''] of source.matchAll(/action: '([a-z-]+:\w+)'/g)) called.add(action);
  }
  expect(called.size).toBeGreaterThan(10);
  expect([...called].filter((action) => !asked.includes(action))).toEqual([]);
});
