import { describe, expect, it } from '@jest/globals';
import { flagsOf, flaggedSettings, oclifFlags, settingValue, type FlaggedSetting } from './setting-flags.js';
import { cloud, machine, offer, publishedManifests } from './testdata/offers.js';

const named = (flag: string): FlaggedSetting => {
  const found = flagsOf(cloud).find((one) => one.flag === flag);
  if (found === undefined) throw new Error(`no flag ${flag}`);
  return found;
};

describe('the flags of providers', () => {
  it('are those that the manifests declare, of account and targets, nested ones too', () => {
    expect(flagsOf(cloud).map(({ flag }) => flag)).toEqual([
      'region',
      'login-profile',
      'address',
      'retries',
      'tags',
      'image',
    ]);
    expect(named('login-profile').path).toEqual(['login', 'profile']);
  });

  it('say to which provider they belong, and yield to the command’s own', () => {
    const flags = oclifFlags([offer(cloud), offer(machine)], ['image']);
    expect(Object.keys(flags)).toEqual(['region', 'login-profile', 'address', 'retries', 'tags', 'directory', 'agent']);
    expect(flags['agent']?.description).toBe('machine: Which agent?');
  });

  it('exist for every flag of the published manifests', () => {
    const manifests = publishedManifests();
    expect(manifests.length).toBeGreaterThanOrEqual(2);
    const declared = manifests.flatMap(flagsOf).map(({ flag }) => flag);
    const flags = oclifFlags(
      manifests.map((one) => offer(one)),
      [],
    );
    expect(new Set(Object.keys(flags))).toEqual(new Set(declared));
  });

  it('give values of the type that the schema wants', () => {
    expect(settingValue(named('address'), '7')).toBe('7');
    expect(settingValue(named('retries'), '7')).toBe(7);
    expect(settingValue(named('tags'), '["a","b"]')).toEqual(['a', 'b']);
    expect(settingValue(named('tags'), 'a')).toEqual(['a']);
    expect(() => settingValue(named('retries'), 'many')).toThrow(/--retries/);
  });

  it('are none where a setting has no flag', () => {
    expect(flaggedSettings({ properties: { plain: { type: 'string' } } })).toEqual([]);
  });
});
