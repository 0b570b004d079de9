import path from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { TemporaryDirectories } from '../config/testdata/temporary-directory.js';
import { embeddedConfig } from './embedded-config.js';
import { manifest, packageFiles } from './testdata/packages.js';

const directories = new TemporaryDirectories();
afterEach(() => directories.clean());

it('the built-in configuration is what the bundled manifests give as defaults', async () => {
  const runtimes = { box: { account: 'here', target: { mode: 'session' } } };
  const defaults = { accounts: { here: { region: 'north' } }, runtimes, runtime: 'box' };
  const root = await directories.make({
    ...packageFiles('acme', { manifest: manifest({ defaults }) }),
    ...packageFiles('plain', { manifest: manifest({ provider: 'plain' }) }),
    ...packageFiles('broken', { manifest: { ...manifest({ defaults }), apiVersion: 2 } }),
  });
  const bundled = ['broken', 'acme', 'plain', 'absent'].map((name) => path.join(root, name));
  expect(await embeddedConfig(bundled)).toEqual({
    accounts: { here: { provider: 'acme', region: 'north' } },
    runtimes,
    defaults: { runtime: 'box' },
  });
});

it('without defaults it is empty', async () => {
  expect(await embeddedConfig([])).toEqual({ accounts: {}, runtimes: {} });
});
