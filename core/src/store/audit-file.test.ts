import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditFiles } from './audit-file.js';

let stateDir: string;
let warnings: unknown[];
beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'audit-'));
  warnings = [];
});
afterEach(() => {
  rmSync(stateDir, { recursive: true, force: true });
});

const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: (_: string, fields?: object) => void warnings.push(fields) };
const opened = (maxBytes?: number): AuditFiles => new AuditFiles({ stateDir, logger, ...(maxBytes && { maxBytes }) });
const lines = (name = 'audit.jsonl'): unknown[] =>
  readFileSync(path.join(stateDir, name), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('the audit file', () => {
  it('has a line for each write, in order, for its owner alone', async () => {
    const file = opened();
    await Promise.all(Array.from({ length: 50 }, (_, n) => file.write({ n }, true)));
    await file.write({ n: 50 }, true);
    expect(lines()).toEqual(Array.from({ length: 51 }, (_, n) => ({ n })));
    expect(statSync(path.join(stateDir, 'audit.jsonl')).mode & 0o777).toBe(0o600);
  });

  it('goes on with a new line after half a one', async () => {
    await opened().write({ n: 1 }, true);
    appendFileSync(path.join(stateDir, 'audit.jsonl'), '{"n":');
    await opened().write({ n: 2 }, true);
    const text = readFileSync(path.join(stateDir, 'audit.jsonl'), 'utf8');
    expect(text).toBe('{"n":1}\n{"n":\n{"n":2}\n');
  });

  it('is set aside when it is full, and the oldest of those goes', async () => {
    const file = opened(10);
    for (let n = 1; n <= 9; n += 1) await file.write({ n, text: 'over ten bytes' }, true);
    expect(readdirSync(stateDir).sort()).toEqual([
      'audit.jsonl',
      ...['1', '2', '3', '4'].map((number) => `audit.jsonl.${number}`),
    ]);
    expect(lines()).toMatchObject([{ n: 9 }]);
    expect(lines('audit.jsonl.1')).toMatchObject([{ n: 8 }]);
    expect(lines('audit.jsonl.4')).toMatchObject([{ n: 5 }]);
  });

  it('holds what was done, whatever number of calls changes nothing', async () => {
    const file = opened(10);
    await file.write({ done: 1 }, true);
    for (let n = 1; n <= 9; n += 1) await file.write({ n, text: 'over ten bytes' }, false);
    await file.write({ done: 2 }, true);
    expect(lines()).toEqual([{ done: 2 }]);
    expect(lines('audit.jsonl.1')).toEqual([{ done: 1 }]);
    expect(lines('audit-unchanged.jsonl')).toMatchObject([{ n: 9 }]);
    expect(readdirSync(stateDir)).toHaveLength(2 + 5);
  });

  it('that cannot be written is told in the log, and how many lines are missing in the file', async () => {
    const file = opened();
    rmSync(stateDir, { recursive: true });
    await file.write({ n: 1 }, true);
    await file.write({ n: 2 }, true);
    expect(warnings).toMatchObject([{ missing: 1 }, { missing: 2 }]);
    mkdirSync(stateDir);
    await file.write({ n: 3 }, true);
    expect(lines()).toEqual([{ at: expect.any(String), missing: 2 }, { n: 3 }]);
  });
});
