import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Sessions } from './sessions.js';

const TASK = `task_${'0'.repeat(26)}`;
let directory: string;
let sessions: Sessions;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sessions-'));
  sessions = new Sessions(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a conversation', () => {
  it('is found by its task, for the same agent alone', async () => {
    await sessions.keep(TASK, { agent: 'claude', session: 'first' });
    await sessions.keep(TASK, { agent: 'claude', session: '3f0c-b.1' });
    expect(sessions.find(TASK, 'claude')).toBe('3f0c-b.1');
    expect(sessions.find(TASK, 'codex')).toBeUndefined();
    expect(sessions.find(undefined, 'claude')).toBeUndefined();
    expect(readdirSync(directory)).toEqual([TASK]);
  });

  it.each(['--dangerously-skip-permissions', '-x', '', 'two words', 'a/b', 'x'.repeat(201)])(
    'of the name %j, which could be more than a name, is not gone on with',
    async (session) => {
      await sessions.keep(TASK, { agent: 'claude', session });
      expect(sessions.find(TASK, 'claude')).toBeUndefined();
    },
  );

  it('whose note is torn is not known', () => {
    writeFileSync(join(directory, TASK), '{"agent":"cl');
    expect(sessions.find(TASK, 'claude')).toBeUndefined();
  });
});
