import { describe, expect, it } from '@jest/globals';
import { refuseUnlisted } from './allowed.js';

const npm = { type: 'npm', name: '@x/provider', tag: 'latest' } as const;
const repo = { type: 'repo', url: 'https://example.org/x.git' } as const;
const refused = expect.objectContaining({ code: 'AD_PLUGIN_NOT_ALLOWED' });

describe('a plugin to be installed', () => {
  it('is allowed where there is no list, or by its name', () => {
    expect(() => refuseUnlisted(npm, undefined)).not.toThrow();
    expect(() => refuseUnlisted(repo, undefined)).not.toThrow();
    expect(() => refuseUnlisted(npm, [{ name: '@x/provider' }])).not.toThrow();
  });

  it('is refused when it is not listed, or has no name that could be', () => {
    expect(() => refuseUnlisted(npm, [{ name: '@x/other' }])).toThrow(refused);
    expect(() => refuseUnlisted(repo, [{ name: '@x/provider' }])).toThrow(refused);
  });
});
