import { describe, expect, it } from '@jest/globals';
import { limitWait, waitLimit, waitOverride } from './wait-limits.js';

describe('waitLimit', () => {
  it.each([
    [undefined, undefined, 50],
    ['openclaw-bundle-mcp', '2026.9.6', 50],
    ['mcp', '0.1.0', 50],
    ['claude-code', '2.1.330', 110],
    ['codex-mcp-client', '0.169.0', 240],
    ['codex-mcp-client', '1.0.0', 240],
    ['codex-mcp-client', '0.144.4', 50],
    ['codex-mcp-client', undefined, 50],
    ['codex-mcp-client', 'nightly', 50],
  ])('is for client %s %s %s seconds', (name, version, seconds) => {
    expect(waitLimit(name === undefined ? undefined : { name, version })).toBe(seconds);
  });

  it.each([
    ['the environment, for any client', { override: 7, settings: { waitSeconds: 20 } }, 7],
    [
      'the configuration, for the client by name',
      { settings: { waitSeconds: 20, clients: { ours: { waitSeconds: 300 } } } },
      300,
    ],
    ['the configuration, for all', { settings: { waitSeconds: 20, clients: { other: { waitSeconds: 300 } } } }, 20],
    ['the profile, where nobody says anything', { settings: { clients: { ours: {} } } }, 50],
  ])('is decided by %s', (_who, deciders, seconds) => {
    expect(waitLimit({ name: 'ours' }, deciders)).toBe(seconds);
  });

  it('takes no name for a part of every object', () => {
    expect(waitLimit({ name: 'constructor' }, { settings: { clients: {} } })).toBe(50);
  });
});

describe('limitWait', () => {
  it('touches only waits, and only those over the limit', () => {
    expect(limitWait('spawn_cloud_agent', {}, 10)).toEqual({});
    expect(limitWait('spawn_cloud_agent', { wait_seconds: 50 }, 10)).toEqual({ wait_seconds: 10 });
    expect(limitWait('dispatch_task', { wait_seconds: 5 }, 10)).toEqual({ wait_seconds: 5 });
    expect(limitWait('spawn_cloud_agent', { timeout_seconds: 3600 }, 10)).toEqual({ timeout_seconds: 3600 });
    expect(limitWait('wait_task', {}, 10)).toEqual({ timeout_seconds: 10 });
    expect(limitWait('wait_task', { timeout_seconds: 9 }, -3)).toEqual({ timeout_seconds: 0 });
  });

  it.each([['60'], [null], [-1], [51]])('leaves wait_seconds %p to the control plane', (wait_seconds) => {
    expect(limitWait('spawn_cloud_agent', { wait_seconds }, 50)).toEqual({ wait_seconds });
  });
});

describe('waitOverride', () => {
  const of = (value?: string): number | undefined => waitOverride({ AGENTDISPATCH_MCP_WAIT_SECONDS: value });

  it('is a whole number of seconds, or nothing', () => {
    expect([of('30'), of(''), of()]).toEqual([30, undefined, undefined]);
  });

  it.each(['0', '-5', '1.5', 'long'])('refuses %p with a code', (value) => {
    expect(() => of(value)).toThrow(expect.objectContaining({ code: 'AD_CONFIG_INVALID' }));
  });
});
