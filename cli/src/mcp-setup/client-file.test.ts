import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readClientFile, replaceClientFile, type ReplaceOptions } from './client-file.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'agentdispatch-client-'));
});
afterEach(async () => await rm(base, { recursive: true }));

const now = new Date('2026-01-02T03:04:05.678Z');
const place = () => ({ base, relative: path.join('.client', 'config') });
const at = (...names: string[]): string => path.join(base, '.client', ...names);
const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o7777;

async function replace(text: string, options: Partial<ReplaceOptions> = {}): Promise<{ backup?: string }> {
  const before = await readClientFile(place());
  return await replaceClientFile({ place: place(), before, text, newMode: 0o600, followLink: false, now, ...options });
}

describe('a file of a client', () => {
  it('is made with its directory, for its owner alone', async () => {
    expect(await replace('new')).toEqual({});
    expect(await readFile(at('config'), 'utf8')).toBe('new');
    expect(await modeOf(at('config'))).toBe(0o600);
    expect(await readdir(at())).toEqual(['config']);
  });

  it('keeps its mode, and a copy of what was there, of the same mode', async () => {
    await mkdir(at());
    await writeFile(at('config'), 'old');
    await chmod(at('config'), 0o640);
    const { backup } = await replace('new');
    expect(backup).toBe(at('config.before-agentdispatch-20260102T030405678Z'));
    expect(await readFile(at('config'), 'utf8')).toBe('new');
    expect(await readFile(backup ?? '', 'utf8')).toBe('old');
    expect([await modeOf(at('config')), await modeOf(backup ?? '')]).toEqual([0o640, 0o640]);
    expect((await readdir(at())).sort()).toEqual(['config', path.basename(backup ?? '')]);
  });

  it('is left alone when another program has written it meanwhile', async () => {
    await mkdir(at());
    await writeFile(at('config'), 'old');
    const before = await readClientFile(place());
    await writeFile(at('config'), 'theirs');
    await expect(replace('new', { before })).rejects.toMatchObject({ code: 'AD_CONFIG_CHANGED', retryable: true });
    expect(await readFile(at('config'), 'utf8')).toBe('theirs');
    expect(await readdir(at())).not.toContainEqual(expect.stringMatching(/^\./));
  });

  it('is left alone when another program has made it meanwhile', async () => {
    const before = await readClientFile(place());
    await mkdir(at());
    await writeFile(at('config'), 'theirs');
    await expect(replace('new', { before })).rejects.toMatchObject({ code: 'AD_CONFIG_CHANGED' });
    expect(await readFile(at('config'), 'utf8')).toBe('theirs');
  });

  it('behind a link is written only when told so, and the link stays', async () => {
    await mkdir(at());
    await writeFile(path.join(base, 'elsewhere'), 'old');
    await symlink('../elsewhere', at('config'));
    await expect(replace('new')).rejects.toMatchObject({ code: 'AD_CONFIG_LINK' });
    expect(await readFile(path.join(base, 'elsewhere'), 'utf8')).toBe('old');
    await replace('new', { followLink: true });
    expect((await lstat(at('config'))).isSymbolicLink()).toBe(true);
    expect(await readFile(path.join(base, 'elsewhere'), 'utf8')).toBe('new');
  });

  it('in a linked directory counts as linked', async () => {
    await mkdir(path.join(base, 'dotfiles'));
    await symlink('dotfiles', at());
    await writeFile(at('config'), 'old');
    expect(await readClientFile(place())).toMatchObject({ link: { at: at(), to: path.join(base, 'dotfiles') } });
    await expect(replace('new')).rejects.toMatchObject({ code: 'AD_CONFIG_LINK' });
  });

  it('beneath a base that is itself a link is no linked file', async () => {
    const alias = path.join(base, 'home');
    await symlink(base, alias);
    expect(await readClientFile({ base: alias, relative: 'x' })).not.toHaveProperty('link');
  });

  it.each<[string, string, () => Promise<void>]>([
    ['a link to nothing', 'AD_CONFIG_UNREADABLE', () => symlink('nothing', at('config'))],
    ['a directory', 'AD_CONFIG_UNREADABLE', () => mkdir(at('config'))],
    ['bytes that are no text', 'AD_CONFIG_SYNTAX', () => writeFile(at('config'), Buffer.from([0xff, 0xfe, 0x41]))],
  ])('that is %s is refused', async (_title, code, make) => {
    await mkdir(at());
    await make();
    await expect(readClientFile(place())).rejects.toMatchObject({ code });
  });
});
