import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { isAlive, processIdentity } from './process-identity.js';

describe('isAlive', () => {
  const me = processIdentity();

  it('finds this process alive', () => {
    expect(isAlive(me)).toBe('alive');
  });

  it('finds a process dead that has ended', async () => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    await once(child, 'exit');
    expect(isAlive({ ...me, pid })).toBe('dead');
  });

  it('finds a process dead whose pid belongs to a later one', () => {
    expect(isAlive({ ...me, startTime: '1' })).toBe('dead');
  });

  it('cannot tell without a start time', () => {
    expect(isAlive({ ...me, startTime: '' })).toBe('unknown');
  });

  it('cannot tell about another host', () => {
    expect(isAlive({ ...me, host: 'elsewhere.invalid', startTime: '1' })).toBe('unknown');
  });

  it.each([0, -1, 1.5])('never asks about a process group: pid %d', (pid) => {
    expect(isAlive({ ...me, pid })).toBe('unknown');
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('finds every process of an earlier boot dead', () => {
    expect(isAlive({ ...me, bootId: 'earlier' })).toBe('dead');
  });
});
