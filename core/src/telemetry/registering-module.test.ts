// What only Node's own resolution can tell, `exports` and its global folders, is tried in test/e2e/telemetry.e2e.test.ts.
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TemporaryDirectories, type Files } from '../config/testdata/temporary-directory.js';
import { configIn } from '../plugins/testdata/packages.js';
import { registeringModule } from './registering-module.js';

const directories = new TemporaryDirectories();
afterEach(() => directories.clean());

const FILES: Files = {
  'app/own.mjs': '',
  'app/folder/x.mjs': '',
  'node_modules/sdk/package.json': { exports: { '.': './main.cjs', './register': './r.cjs' } },
  'node_modules/sdk/main.cjs': '',
  'node_modules/sdk/r.cjs': '',
  'node_modules/@acme/otel/package.json': { main: 'lib.js' },
  'node_modules/@acme/otel/lib.js': '',
  'app/node_modules/astray/package.json': { main: '../../own.mjs' },
};

async function found(register: string): Promise<string | undefined> {
  const root = await directories.make(FILES);
  const file = await registeringModule(configIn(path.join(root, 'app'), { telemetry: { register } }));
  return file === undefined ? undefined : path.relative(root, file);
}

describe('the module that telemetry names', () => {
  it.each([
    ['./own.mjs', 'app/own.mjs'],
    ['../node_modules/sdk/r.cjs', 'node_modules/sdk/r.cjs'],
    ['sdk', 'node_modules/sdk/main.cjs'],
    ['sdk/register', 'node_modules/sdk/r.cjs'],
    ['@acme/otel', 'node_modules/@acme/otel/lib.js'],
  ])('%s is found from the configuration: %s', async (register, file) => {
    expect(await found(register)).toBe(path.normalize(file));
  });

  it('is found where its package is a link to it, as package managers make them', async () => {
    const root = await directories.make({
      ...FILES,
      'elsewhere/linked/package.json': { main: 'l.js' },
      'elsewhere/linked/l.js': '',
    });
    await symlink(path.join(root, 'elsewhere/linked'), path.join(root, 'node_modules/linked'));
    const config = configIn(path.join(root, 'app'), { telemetry: { register: 'linked' } });
    expect(await registeringModule(config)).toBe(path.join(root, 'elsewhere/linked/l.js'));
  });

  it('is none where the configuration names none', async () => {
    expect(await registeringModule(configIn('/nowhere'))).toBeUndefined();
  });

  it.each([
    ['./missing.mjs', /missing\.mjs does not exist/],
    ['./folder', /is no file/],
    ['absent/register', /package absent is not installed beside/],
    ['own.mjs', /package own\.mjs is not installed/],
    ['file:///etc/x.mjs', /neither a path .* nor a module of a package/],
    ['astray', /leads out of the package astray/],
  ])('%s is refused with its place: %s', async (register, message) => {
    await expect(found(register)).rejects.toMatchObject({
      code: 'AD_CONFIG_TELEMETRY',
      message: expect.stringMatching(message),
      problems: [{ pointer: '/telemetry/register', line: 1 }],
    });
  });
});
