import { describe, expect, it } from '@jest/globals';
import { detectCredentials } from './credential-detection.js';
import { loadCorpus } from './testdata/expand-corpus.js';

const GITHUB_TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const GENERATED = 'q7RtY2mZ8kLw4XcV';
const MEGABYTES_4 = 4_000_000;

function rulesByPointer(value: unknown, basePointer?: string): Record<string, string> {
  return Object.fromEntries(detectCredentials(value, { basePointer }).map(({ pointer, rule }) => [pointer, rule]));
}

function repeated(text: string): string {
  return text.repeat(Math.ceil(MEGABYTES_4 / text.length)).slice(0, MEGABYTES_4);
}

describe('detectCredentials', () => {
  it('points at each credential with an escaped RFC 6901 pointer below the base pointer', () => {
    const value = { 'a/b': [{ 'c~d': { password: GENERATED } }], text: `push with ${GITHUB_TOKEN}` };
    expect(rulesByPointer(value, '/input')).toEqual({
      '/input/a~1b/0/c~0d/password': 'key-name',
      '/input/text': 'github-token',
    });
  });

  it('points at the root of a lone string', () => {
    expect(rulesByPointer(GITHUB_TOKEN)).toEqual({ '': 'github-token' });
  });

  it('lists findings in document order, one for each pointer and rule', () => {
    const value = { b: `${GITHUB_TOKEN} ${GITHUB_TOKEN}`, a: { apiKey: GENERATED }, c: [{ token: GENERATED }] };
    expect(detectCredentials(value).map(({ pointer }) => pointer)).toEqual(['/b', '/a/apiKey', '/c/0/token']);
  });

  it('shows neither the secret nor a part of it, not even when it is the name of a member', () => {
    const shown = JSON.stringify(
      detectCredentials({ password: GENERATED, [GITHUB_TOKEN]: { apiKey: GENERATED }, note: `use ${GITHUB_TOKEN}` }),
    );
    expect(shown).toContain('/[redacted:github-token]/apiKey');
    expect(shown).not.toContain(GITHUB_TOKEN.slice(4, 12));
    expect(shown).not.toContain(GENERATED.slice(0, 6));
  });

  it.each([
    'password',
    'Passwd',
    'PASSPHRASE',
    'db_password',
    'dbPassword',
    'DB-PASSWORD',
    'PGPASSWORD',
    'passwordConfirmation',
  ])('reports a chosen password under %s', (name) => {
    expect(rulesByPointer({ [name]: 'trustno1' })).toEqual({ [`/${name}`]: 'key-name' });
  });

  it.each([
    'api_key',
    'apiKey',
    'API-KEY',
    'APIKEY',
    'x-api-key',
    'secret',
    'client_secret',
    'secretAccessKey',
    'access_token',
    'refreshToken',
    'auth token',
    'bearer',
    'private_key',
    'credentials',
    'OPENAI_API_KEY_2',
    'SecretString',
    'signing.key',
    'GITLAB_PAT',
  ])('reports a generated value under %s', (name) => {
    expect(detectCredentials({ [name]: GENERATED })).toHaveLength(1);
  });

  it.each([
    'tokenizer',
    'secretName',
    'passwordPolicy',
    'max_tokens',
    'nextPageToken',
    'clientToken',
    'primaryKey',
    'cacheKey',
    'idempotency_key',
    'publicKey',
    'tokenUrl',
    'keyId',
    'passwordHash',
    'sha256',
    'integrity',
    'cursor',
    'key',
  ])('passes over %s', (name) => {
    expect(detectCredentials({ [name]: GENERATED })).toEqual([]);
  });

  it.each([
    5,
    true,
    null,
    '',
    '***',
    '<your key>',
    '${VAR}',
    '$VAR',
    '%VAR%',
    '{{ secret }}',
    'changeme',
    'required',
    'OPENAI_API_KEY',
    'arn:aws:secretsmanager:us-west-2:123456789012:secret:x',
    'op://vault/item/key',
    '/run/secrets/key',
    { source: 'environment', name: 'KEY' },
  ])('takes %j for no secret under a telling name', (value) => {
    expect(detectCredentials({ password: value, apiKey: value })).toEqual([]);
  });

  it('reads name and value pairs, argument lists and Kubernetes secrets', () => {
    const value = {
      env: [
        { name: 'DB_PASSWORD', value: 'trustno1' },
        { name: 'LEVEL', value: 'trustno1' },
      ],
      argv: ['--password', 'trustno1', '--name', 'trustno1'],
      manifest: { kind: 'Secret', data: { conf: 'cG9zdGdyZXM5ZjgyamQwMWs=' } },
    };
    expect(rulesByPointer(value)).toEqual({
      '/env/0/value': 'key-name',
      '/argv/1': 'command-flag',
      '/manifest/data/conf': 'kubernetes-secret',
    });
  });

  it('walks a document nested deeper than the call stack', () => {
    let value: unknown = { password: 'trustno1' };
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    expect(detectCredentials(value)).toHaveLength(1);
  });

  it('finds every secret of the corpus again in the middle of a long text', () => {
    const texts = loadCorpus('credential-corpus.json').filter(
      ({ secret, value }) => secret && typeof value === 'string',
    );
    const filler = 'The quick brown fox files a report.\n'.repeat(50);
    const missed = texts.filter(({ value }) => detectCredentials(`${filler}${String(value)}\n${filler}`).length === 0);
    expect(texts.length).toBeGreaterThan(60);
    expect(missed.map(({ id }) => id)).toEqual([]);
  });

  it.each([
    { title: 'prose', filler: 'Rotate the API key every month, then count the tokens. ' },
    { title: 'one endless word', filler: 'a' },
    { title: 'token beginnings', filler: '-eyJ ghp_ sk-ant- ' },
    { title: 'unfinished URLs', filler: '://a:' },
    { title: 'unfinished assignments', filler: 'password="' },
    { title: 'unfinished private keys', filler: '-----BEGIN PRIVATE KEY-----' },
  ])('reads 4 MB of $title to its end and finds what stands there', ({ filler }) => {
    expect(
      detectCredentials(`${repeated(filler)}${'\n'.repeat(20_000)}${GITHUB_TOKEN}`).map(({ rule }) => rule),
    ).toContain('github-token');
  });
});
