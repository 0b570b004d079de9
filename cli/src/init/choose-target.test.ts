import { describe, expect, it } from '@jest/globals';
import { chooseProvider, possibleTargets } from './choose-target.js';
import { cloud, machine, offer } from './testdata/offers.js';

const both = [offer(machine), offer(cloud)];
const shown = (targets: ReturnType<typeof possibleTargets>): string[] =>
  targets.map(({ driver, mode, protocol }) => `${driver.name} ${mode} ${protocol}`);

describe('the provider of a new configuration', () => {
  it('is the only one that answers to all flags given', () => {
    expect(chooseProvider(both, ['region', 'address']).manifest.provider).toBe('cloud');
  });

  it('is the one named', () => {
    expect(chooseProvider(both, [], 'machine').manifest.provider).toBe('machine');
  });

  it.each([
    ['flags of two providers', () => chooseProvider(both, ['region', 'directory']), 'AD_INPUT_INVALID'],
    ['a flag of another one than the one named', () => chooseProvider(both, ['region'], 'machine'), 'AD_INPUT_INVALID'],
    ['no flag and several providers', () => chooseProvider(both, []), 'AD_INPUT_INVALID'],
    ['an unknown name', () => chooseProvider(both, [], 'clowd'), 'AD_PLUGIN_NOT_FOUND'],
  ])('is refused for %s', (_what, choose, code) => {
    expect(choose).toThrow(expect.objectContaining({ code }));
  });

  it('is suggested where the name is mistyped', () => {
    expect(() => chooseProvider(both, [], 'clowd')).toThrow(expect.objectContaining({ hint: 'Did you mean "cloud"?' }));
  });
});

describe('the target of a new configuration', () => {
  it('runs agents before it runs commands', () => {
    expect(shown(possibleTargets(offer(machine), {}, []))[0]).toBe('process session stdio');
    expect(shown(possibleTargets(offer(machine), {}, []))).toHaveLength(5);
  });

  it('is narrowed by the flags given', () => {
    expect(shown(possibleTargets(offer(cloud), {}, ['region', 'image']))).toEqual(['agents runtime http']);
    expect(shown(possibleTargets(offer(cloud), { protocol: 'mcp' }, []))).toEqual(['agents session mcp']);
  });

  it('that no driver offers is refused with what is offered', () => {
    expect(() => possibleTargets(offer(cloud), { protocol: 'a2a' }, ['region'])).toThrow(
      expect.objectContaining({
        code: 'AD_ROUTE_NO_MATCH',
        message: 'Provider "cloud" does not offer protocol "a2a".',
        hint: expect.stringContaining('agents: session over http, agents: session over mcp, agents: runtime over http'),
      }),
    );
  });

  it('that does not take a flag is refused', () => {
    expect(() => possibleTargets(offer(cloud), { mode: 'session' }, ['image'])).toThrow(
      expect.objectContaining({ code: 'AD_INPUT_INVALID' }),
    );
  });
});
