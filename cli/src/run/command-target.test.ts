import { describe, expect, it } from '@jest/globals';
import type { LoadedConfig } from '@agent-dispatch/core';
import type { Config, ListRuntimesOutput } from '@agent-dispatch/schemas';
import { commandOnRuntime } from './command-target.js';

const runtime = {
  name: 'box',
  provider: 'p',
  driver: 'd',
  account_profile: 'a',
  capability: 'job-runner',
  target_mode: 'session',
  protocol: 'stdio',
  usable: true,
};

const controlPlane = (runtimes: ListRuntimesOutput['runtimes']) => ({
  runtimes: async (): Promise<ListRuntimesOutput> => ({ runtimes, account_profiles: [], providers: [] }),
});

const loaded = (config: Config): LoadedConfig => ({
  config,
  baseDir: '/',
  stateDir: '/s',
  digest: '',
  locate: () => undefined,
});

const config = loaded({
  runtimes: {
    box: {
      account: 'a',
      target: { mode: 'session', details: { directory: '/srv', size: 's' } },
      environment: { A: '1', B: '1' },
      limits: { timeoutSeconds: 5 },
    },
  },
});

const request = { shared: {}, command: ['ls'], details: { size: 'l' }, input: { environment: { B: '2' } } };

describe('a command on a runtime', () => {
  it('goes to the target of the runtime profile, with what the call adds', async () => {
    const input = await commandOnRuntime(controlPlane([runtime]), config, { request, flags: {} });
    expect(input).toEqual({
      provider: 'p',
      driver: 'd',
      account_profile: 'a',
      capability: 'job-runner',
      task_type: 'command.run',
      target: { mode: 'session', protocol: 'stdio', details: { directory: '/srv', size: 'l' } },
      input: { command: ['ls'], environment: { A: '1', B: '2' } },
      timeout_seconds: 5,
    });
  });

  it('takes the default runtime when none is named', async () => {
    const runtimes = [
      { ...runtime, name: 'other', provider: 'q' },
      { ...runtime, default: true },
    ];
    const input = await commandOnRuntime(controlPlane(runtimes), config, { request, flags: {} });
    expect(input.provider).toBe('p');
  });

  it.each([
    ['an unknown runtime', [runtime], { runtime: 'nope' }],
    ['no default among several', [runtime, { ...runtime, name: 'other' }], {}],
  ])('is refused for %s', async (_what, runtimes, flags) => {
    const call = commandOnRuntime(controlPlane(runtimes), config, { request, flags });
    await expect(call).rejects.toMatchObject({ code: 'AD_ROUTE_UNKNOWN_RUNTIME' });
  });
});
