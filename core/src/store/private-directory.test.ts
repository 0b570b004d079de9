import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assertPrivateDirectory, makePrivateDirectory, makePrivateDirectoryInPublic } from './private-directory.js';

const STRANGER = 123_456;
const refused = expect.objectContaining({ code: 'AD_STORE_NOT_PRIVATE' });

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'private-'));
  directory = join(root, 'state');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function existing(mode: number, ...files: string[]): void {
  mkdirSync(directory);
  for (const file of files) writeFileSync(join(directory, file), '');
  chmodSync(directory, mode);
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a private directory', () => {
  it('is made so with all its parents, whatever the umask', () => {
    const before = process.umask(0);
    try {
      makePrivateDirectory(join(directory, 'inner'));
    } finally {
      process.umask(before);
    }
    expect([modeOf(directory), modeOf(join(directory, 'inner'))]).toEqual([0o700, 0o700]);
  });

  it('may be there already, and is closed while it is empty', () => {
    existing(0o755);
    assertPrivateDirectory(directory);
    makePrivateDirectory(directory);
    expect(modeOf(directory)).toBe(0o700);
    writeFileSync(join(directory, 'epoch.1'), '');
    expect(() => makePrivateDirectory(directory)).not.toThrow();
    expect(() => assertPrivateDirectory(directory)).not.toThrow();
  });

  it.each([0o777, 0o770, 0o755, 0o1777])('is refused with content that others may have put there: %o', (mode) => {
    existing(mode, 'epoch.1');
    expect(() => makePrivateDirectory(directory)).toThrow(refused);
    expect(() => assertPrivateDirectory(directory)).toThrow(refused);
    expect(modeOf(directory)).toBe(mode & 0o777);
  });

  it('is refused when another user owns it', () => {
    existing(0o700, 'epoch.1');
    expect(() => makePrivateDirectory(directory, STRANGER)).toThrow(refused);
    expect(() => assertPrivateDirectory(directory, STRANGER)).toThrow(refused);
  });

  it('is not looked for where there is none', () => {
    expect(() => assertPrivateDirectory(directory, STRANGER)).not.toThrow();
  });
});

describe('a private directory in a public place', () => {
  it('is made, and used again', () => {
    makePrivateDirectoryInPublic(directory);
    makePrivateDirectoryInPublic(directory);
    expect(modeOf(directory)).toBe(0o700);
  });

  it('is refused when it is open to others, even empty, or owned by another user', () => {
    existing(0o755);
    expect(() => makePrivateDirectoryInPublic(directory)).toThrow(refused);
    chmodSync(directory, 0o700);
    expect(() => makePrivateDirectoryInPublic(directory, STRANGER)).toThrow(refused);
  });

  it('is refused as a link to one', () => {
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, directory);
    expect(() => makePrivateDirectoryInPublic(directory)).toThrow(refused);
  });
});
