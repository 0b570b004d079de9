import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withFileUrls } from './package-paths.js';

describe('a path given to plugins install', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'package-paths-'));
    await mkdir(path.join(directory, 'own'));
    await writeFile(path.join(directory, 'own-1.0.0.tgz'), '');
  });
  afterEach(async () => await rm(directory, { recursive: true }));

  const installed = (word: string): string | undefined => withFileUrls(['plugins', 'install', word], directory)[2];

  it.each(['./own', '../$/own', 'file:./own', 'file:own', '$$/own', 'file:$$/own', 'file://$$/own'])(
    '%s is a file URL from the directory of the caller',
    (written) => {
      const word = written.replace('$$', directory).replace('$', path.basename(directory));
      expect(installed(word)).toBe(`file:${path.join(directory, 'own')}`);
    },
  );

  it('may be an archive', () => {
    expect(installed('own-1.0.0.tgz')).toBe(`file:${path.join(directory, 'own-1.0.0.tgz')}`);
  });

  it.each([
    'own',
    '@x/own',
    '@x/own@1.0.0',
    'someone/own',
    'https://host/own.tgz',
    'git+ssh://host/own.git',
    '--force',
  ])('%s is none', (word) => expect(installed(word)).toBe(word));

  it('where nothing is, is refused before the installer looks elsewhere', () => {
    expect(() => installed('./absent')).toThrow(
      expect.objectContaining({ code: 'AD_PLUGIN_INSTALL', message: `There is nothing at ${directory}/absent.` }),
    );
  });

  it('is left alone in other commands', () => {
    expect(withFileUrls(['plugins', 'link', './own'], directory)).toEqual(['plugins', 'link', './own']);
    expect(withFileUrls(['run', './own'], directory)).toEqual(['run', './own']);
  });
});
