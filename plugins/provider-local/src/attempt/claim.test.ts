import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readClaim, revokeClaim, takeClaim, type Claim } from './claim.js';
import { identify, isRunning } from './process-identity.js';

const SHIM: Claim = { owner: 'shim', process: { pid: 1, startTime: '2', bootId: '3' } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'claim-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

describe('a claim', () => {
  it('is taken once and leaves nothing of the attempts that lost', () => {
    expect([takeClaim(root, 1, SHIM), takeClaim(root, 1, SHIM)]).toEqual([true, false]);
    expect(readClaim(root)).toEqual({ generation: 1, claim: SHIM });
    expect(readdirSync(root)).toEqual(['claim.1.json']);
  });

  it('of a shim is not taken away', () => {
    takeClaim(root, 1, SHIM);
    expect([revokeClaim(root, 'resume'), revokeClaim(root, 'cancel')]).toEqual([SHIM, SHIM]);
  });

  it('revoked by resume bars its generation and opens the next', () => {
    revokeClaim(root, 'resume');
    expect(readClaim(root)).toEqual({ generation: 2 });
    expect([takeClaim(root, 1, SHIM), takeClaim(root, 2, SHIM)]).toEqual([false, true]);
  });

  it('revoked by cancel is the last', () => {
    revokeClaim(root, 'resume');
    revokeClaim(root, 'cancel');
    expect(readClaim(root)).toEqual({ generation: 2, claim: { owner: 'revoked', by: 'cancel' } });
    expect(revokeClaim(root, 'resume')).toEqual({ owner: 'revoked', by: 'cancel' });
  });

  it('cannot be taken without the directory', () => {
    expect(() => takeClaim(join(root, 'absent'), 1, SHIM)).toThrow('ENOENT');
  });
});

describe('a process', () => {
  it('is known by pid, start time and boot together', () => {
    const self = identify(process.pid);
    if (!self) throw new Error('This process is not found.');
    expect(isRunning(self)).toBe(true);
    expect(isRunning({ ...self, startTime: `${self.startTime}0` })).toBe(false);
    expect(isRunning({ ...self, bootId: 'another' })).toBe(false);
  });
});
