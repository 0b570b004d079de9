import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimEpoch, isCurrent, readEpoch, releaseEpoch, type EpochOwner } from './epoch.js';
import { nodeFiles } from './node-files.js';
import { processIdentity, type Liveness } from './process-identity.js';

let stateDir: string;
beforeEach(async () => void (stateDir = await mkdtemp(join(tmpdir(), 'epoch-'))));
afterEach(() => rm(stateDir, { recursive: true }));

const claim = (incarnation: string, liveness?: Liveness): Promise<EpochOwner> =>
  claimEpoch(nodeFiles, stateDir, { incarnation, ...(liveness && { liveness: () => liveness }) });

const names = async (): Promise<string[]> => (await readdir(stateDir)).sort();

describe('claimEpoch', () => {
  it('takes a new directory and says who has it', async () => {
    const owner = await claimEpoch(nodeFiles, stateDir, { incarnation: 'a', socket: '/run/a.sock' });
    expect(owner).toEqual({ epoch: 1, incarnation: 'a', socket: '/run/a.sock', ...processIdentity() });
    expect(await readEpoch(nodeFiles, stateDir)).toEqual(owner);
  });

  it('is refused while the owner lives, and names it', async () => {
    const owner = await claim('a');
    await expect(claim('b')).rejects.toMatchObject({
      code: 'AD_STORE_SESSION_LOST',
      details: { owner, liveness: 'alive' },
    });
    expect(await names()).toEqual(['epoch.1']);
  });

  it('is refused where the owner may live', async () => {
    await claim('a');
    await expect(claim('b', 'unknown')).rejects.toMatchObject({ details: { liveness: 'unknown' } });
  });

  it('supersedes an owner that is dead', async () => {
    await claim('a');
    expect(await claim('b', 'dead')).toMatchObject({ epoch: 2, incarnation: 'b' });
  });

  it('supersedes an owner that gave up in order', async () => {
    await releaseEpoch(nodeFiles, stateDir, await claim('a'), 5);
    expect(await readEpoch(nodeFiles, stateDir)).toMatchObject({ epoch: 1, releasedAt: 5 });
    expect(await claim('b')).toMatchObject({ epoch: 2 });
  });

  it('uses no number twice when the epoch files are gone', async () => {
    expect(await claimEpoch(nodeFiles, stateDir, { incarnation: 'a', after: 6 })).toMatchObject({ epoch: 7 });
  });

  it('keeps the previous epoch and removes older ones and temporary files', async () => {
    for (const incarnation of ['a', 'b', 'c']) await claim(incarnation, 'dead');
    await writeFile(join(stateDir, 'epoch.4.0123456789abcdef.tmp'), '');
    await writeFile(join(stateDir, 'epoch.txt'), '');
    await claim('d', 'dead');
    expect(await names()).toEqual(['epoch.3', 'epoch.4', 'epoch.txt']);
  });

  it('lets one of many contenders win', async () => {
    await claim('a');
    // Only the first owner is dead: whoever follows it lives.
    const liveness = (owner: EpochOwner): Liveness => (owner.incarnation === 'a' ? 'dead' : 'alive');
    const contenders = Array.from({ length: 8 }, (_, index) =>
      claimEpoch(nodeFiles, stateDir, { incarnation: `c${index}`, liveness }),
    );
    const results = await Promise.allSettled(contenders);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await names()).toEqual(['epoch.1', 'epoch.2']);
  });

  it('stands down when others passed its number while it was linked', async () => {
    await claim('a');
    const files = {
      ...nodeFiles,
      link: async (from: string, to: string): Promise<void> => {
        await nodeFiles.link(from, to);
        await writeFile(join(stateDir, 'epoch.9'), '{}');
      },
    };
    await expect(claimEpoch(files, stateDir, { incarnation: 'b', liveness: () => 'dead' })).rejects.toMatchObject({
      code: 'AD_STORE_SESSION_LOST',
    });
  });

  it.each(['', '{}', '{"epoch":7,"incarnation":"x","pid":1}', 'null'])(
    'refuses a damaged epoch file: %j',
    async (text) => {
      await writeFile(join(stateDir, 'epoch.3'), text);
      await expect(claim('b')).rejects.toMatchObject({ code: 'AD_STORE_CORRUPT', details: { file: 'epoch.3' } });
    },
  );
});

describe('isCurrent', () => {
  it('holds until someone follows, however many have followed since', async () => {
    const { epoch } = await claim('a');
    expect(await isCurrent(nodeFiles, stateDir, epoch)).toBe(true);
    for (const incarnation of ['b', 'c', 'd']) {
      await claim(incarnation, 'dead');
      expect(await isCurrent(nodeFiles, stateDir, epoch)).toBe(false);
    }
  });
});

describe('releaseEpoch', () => {
  it('changes nothing after another owner followed', async () => {
    const owner = await claim('a');
    const next = await claim('b', 'dead');
    await releaseEpoch(nodeFiles, stateDir, owner, 5);
    expect(await readEpoch(nodeFiles, stateDir)).toEqual(next);
    expect(await isCurrent(nodeFiles, stateDir, next.epoch)).toBe(true);
  });
});
