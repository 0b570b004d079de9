import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configFile, writeConfig, type WriteOptions } from './write-config.js';

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(path.join(tmpdir(), 'agentdispatch-write-'))));
afterEach(async () => await rm(directory, { recursive: true }));

const write = (options: Partial<WriteOptions> = {}): Promise<void> =>
  writeConfig(
    { accounts: { a: { provider: 'p' } } },
    {
      file: path.join(directory, 'agentdispatch.config.json'),
      format: 'json',
      force: false,
      check: async () => undefined,
      ...options,
    },
  );

describe('a new configuration file', () => {
  it('is written whole, and nothing else is left', async () => {
    await write();
    expect(await readdir(directory)).toEqual(['agentdispatch.config.json']);
    const text = await readFile(path.join(directory, 'agentdispatch.config.json'), 'utf8');
    expect(JSON.parse(text)).toEqual({ accounts: { a: { provider: 'p' } } });
  });

  it('never replaces one that is there', async () => {
    await writeFile(path.join(directory, 'agentdispatch.config.json'), '{}');
    await expect(write()).rejects.toMatchObject({ code: 'AD_CONFIG_EXISTS' });
    expect(await readFile(path.join(directory, 'agentdispatch.config.json'), 'utf8')).toBe('{}');
  });

  it('never replaces one that appears while it is checked', async () => {
    const check = (): Promise<void> => writeFile(path.join(directory, 'agentdispatch.config.json'), '{}');
    await expect(write({ check })).rejects.toMatchObject({ code: 'AD_CONFIG_EXISTS' });
    expect(await readdir(directory)).toEqual(['agentdispatch.config.json']);
  });

  it('replaces one when told to', async () => {
    await writeFile(path.join(directory, 'agentdispatch.config.json'), '{}');
    await write({ force: true });
    expect(await readFile(path.join(directory, 'agentdispatch.config.json'), 'utf8')).toContain('accounts');
  });

  it('is refused beside one of another format, which would hide it', async () => {
    await writeFile(path.join(directory, 'agentdispatch.config.yaml'), 'stateDir: x\n');
    await expect(write({ force: true })).rejects.toMatchObject({ code: 'AD_CONFIG_EXISTS' });
  });

  it('does not appear when the check fails', async () => {
    const check = async (): Promise<void> => {
      throw new Error('not valid');
    };
    await expect(write({ check })).rejects.toThrow('not valid');
    expect(await readdir(directory)).toEqual([]);
  });

  it('can be YAML', async () => {
    await write({ format: 'yaml', file: configFile(directory, 'yaml') });
    expect(await readFile(path.join(directory, 'agentdispatch.config.yaml'), 'utf8')).toBe(
      'accounts:\n  a:\n    provider: p\n',
    );
  });

  it('has the ending of its format', () => {
    expect(() => configFile(directory, 'json', 'x.yaml')).toThrow(
      expect.objectContaining({ code: 'AD_INPUT_INVALID' }),
    );
    expect(configFile(directory, 'yaml', 'x.yml')).toBe(path.join(directory, 'x.yml'));
  });
});
