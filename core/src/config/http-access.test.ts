import { afterEach, describe, expect, it } from '@jest/globals';
import type { Config } from '@agent-dispatch/schemas';
import { httpAccess, type HttpAccess } from './http-access.js';
import { loadConfig } from './load-config.js';
import { TemporaryDirectories } from './testdata/temporary-directory.js';

const directories = new TemporaryDirectories();
afterEach(() => directories.clean());

type Http = NonNullable<NonNullable<Config['mcp']>['http']>;

async function access(http: Http | undefined, env: Record<string, string> = {}): Promise<HttpAccess> {
  const config: Config = http === undefined ? {} : { mcp: { http } };
  const cwd = await directories.make({ 'agentdispatch.config.json': config, 'bob.token': 'bob-token-0123456789\n' });
  return await httpAccess(await loadConfig({ cwd, env: {}, home: cwd }), env);
}

const token = (subject: string, name = 'T') => ({ subject, token: { source: 'environment', name } as const });
const good = { T: 'alice-token-0123456789' };

describe('httpAccess', () => {
  it('resolves tokens, and gives the names', async () => {
    const tokens = [token('alice'), { subject: 'bob', token: { source: 'file', path: 'bob.token' } as const }];
    expect(await access({ tokens, allowedHosts: ['mcp.example.com'] }, good)).toEqual({
      tokens: [
        { subject: 'alice', token: 'alice-token-0123456789' },
        { subject: 'bob', token: 'bob-token-0123456789' },
      ],
      allowedHosts: ['mcp.example.com'],
      allowedOrigins: [],
    });
  });

  it.each<[string, Http | undefined]>([
    ['no part of its own', undefined],
    ['no tokens', { allowedHosts: ['a.example'] }],
    ['an empty list', { tokens: [] }],
  ])('refuses a configuration with %s, and says what to write', async (_what, http) => {
    await expect(access(http, good)).rejects.toMatchObject({
      code: 'AD_CONFIG_HTTP_ACCESS',
      hint: expect.stringContaining('"tokens"'),
    });
  });

  it('tells every token that cannot be had, and where it stands', async () => {
    const tokens = [token('alice', 'A'), token('bob'), token('carol', 'C')];
    await expect(access({ tokens }, good)).rejects.toMatchObject({
      code: 'AD_CONFIG_SECRET_UNRESOLVED',
      message: expect.stringMatching(/alice: environment variable A is not set; token of carol: /),
      problems: [
        { pointer: '/mcp/http/tokens/0/token', line: expect.any(Number) },
        { pointer: '/mcp/http/tokens/2/token', line: expect.any(Number) },
      ],
    });
  });

  it.each([
    ['is short', 'tiny-secret', /shorter than 16/],
    ['cannot be sent', 'a secret with blanks', /no client can send/],
    ['is of two subjects', 'bob-token-0123456789', /another entry/],
  ])('refuses a token that %s, without showing it', async (_what, value, words) => {
    const bob = { subject: 'bob', token: { source: 'file', path: 'bob.token' } as const };
    const error: unknown = await access({ tokens: [bob, token('alice')] }, { T: value }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'AD_CONFIG_INVALID',
      problems: [{ pointer: '/mcp/http/tokens/1/token', message: expect.stringMatching(words) }],
    });
    expect(JSON.stringify(error)).not.toContain(value);
  });
});
