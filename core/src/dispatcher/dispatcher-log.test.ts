import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDispatcherLog } from './dispatcher-log.js';

let stateDir: string;
beforeEach(() => {
  stateDir = path.join(mkdtempSync(path.join(tmpdir(), 'log-')), 'state');
});
afterEach(() => {
  rmSync(path.dirname(stateDir), { recursive: true });
});

const file = (): string => path.join(stateDir, 'dispatcher.log');
const entries = (name: string): Record<string, unknown>[] =>
  readFileSync(name, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log of a dispatcher', () => {
  it('has one line for each entry, for its user alone', () => {
    const logger = openDispatcherLog(stateDir);
    logger.info('first', { pid: 7 });
    logger.warn('second');
    expect(entries(file())).toMatchObject([
      { level: 'info', message: 'first', pid: 7 },
      { level: 'warn', message: 'second' },
    ]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('is set aside when it is large, one file back', () => {
    const logger = openDispatcherLog(stateDir, 400);
    for (let count = 1; count <= 40; count += 1) logger.info('entry', { count });
    const both = [...entries(`${file()}.1`), ...entries(file())].map(({ count }) => Number(count));
    // The newest entries, none of them missing.
    expect(both).toEqual(Array.from(both, (_, index) => 40 - both.length + 1 + index));
    expect(both.length).toBeLessThan(20);
    for (const each of [file(), `${file()}.1`]) expect(statSync(each).size).toBeLessThan(600);
    expect(readdirSync(stateDir).sort()).toEqual(['dispatcher.log', 'dispatcher.log.1']);
  });

  it('shows no secret, in whatever field', () => {
    const logger = openDispatcherLog(stateDir);
    const token = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
    logger.warn(`refused: ${token}`, { error: `Bearer ${token}`, nested: [{ token }] });
    expect(readFileSync(file(), 'utf8')).not.toMatch(/ghp_/);
  });

  it('that cannot be written stops nobody, and tells later how much is missing', () => {
    const logger = openDispatcherLog(stateDir);
    mkdirSync(file());
    logger.info('lost');
    logger.warn('lost too');
    rmdirSync(file());
    logger.info('back');
    logger.info('whole');
    expect(entries(file())).toMatchObject([{ message: 'back', missing: 2 }, { message: 'whole' }]);
    expect(entries(file())[1]).not.toHaveProperty('missing');
  });

  it('stops nobody when the state directory is gone, and makes no new one', () => {
    const logger = openDispatcherLog(stateDir);
    rmSync(stateDir, { recursive: true });
    logger.info('to nobody');
    expect(readdirSync(path.dirname(stateDir))).toEqual([]);
  });
});
