import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { validate, type ProviderManifest } from '@agent-dispatch/schemas';
import plugin from './index.js';
import { host } from './testdata/bench.js';

const manifest = JSON.parse(readFileSync(new URL('../manifest.json', import.meta.url), 'utf8')) as ProviderManifest;

describe('the manifest', () => {
  it('is valid against the contract', () => {
    expect(validate('ProviderManifest', manifest)).toEqual([]);
  });

  it('brings defaults that are a valid configuration', () => {
    const { accounts, runtimes, runtime } = manifest.defaults ?? {};
    expect(validate('Config', { accounts, runtimes, defaults: { runtime } })).toEqual([]);
  });

  it('names the drivers that the plugin has, with the verbs it declares', async () => {
    const { drivers } = await plugin.create(host);
    expect(Object.keys(drivers)).toEqual(manifest.drivers.map(({ name }) => name));
    const verbs = ['plan', 'provision', 'channel', 'start', 'resume', 'cancel', 'cleanup', 'check', 'sweep'];
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(drivers.process));
    expect(methods.sort()).toEqual(['constructor', ...verbs].sort());
  });

  it('has a schema for each target mode that an offer names', () => {
    for (const { offers, targets } of manifest.drivers) {
      expect(Object.keys(targets).sort()).toEqual(
        [...new Set(offers.flatMap(({ targetModes }) => targetModes))].sort(),
      );
    }
  });
});
