// An artifact is a file of this machine when every byte of it is the one that the task lists, and not before.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GetTaskResultInput, GetTaskResultOutput } from '@agent-dispatch/schemas';
import { fetchArtifact } from './fetch-artifact.js';

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(path.join(tmpdir(), 'agentdispatch-fetch-'))));
afterEach(() => rm(directory, { recursive: true }));

const content = Buffer.from([0, 1, 2, 255, 254, 10, 65]);
const artifact = { name: 'a', size: 7, sha256: createHash('sha256').update(content).digest('hex') };

/** Gives what it has in pieces of so many bytes. */
const source = (bytes: Buffer, piece = 3) => ({
  result: async ({ offset = 0 }: GetTaskResultInput): Promise<GetTaskResultOutput> => {
    const end = Math.min(offset + piece, bytes.length);
    const encoding = 'base64' as const;
    const status = 'succeeded' as const;
    const answer = { task_id: 't', status, terminal: true, encoding, result: bytes.toString(encoding, offset, end) };
    return { ...answer, truncated: end < bytes.length, ...(end < bytes.length && { next_offset: end }) };
  },
});

const fetch = (controlPlane: ReturnType<typeof source>, replace = false): Promise<void> =>
  fetchArtifact(controlPlane, { taskId: 't', artifact, file: path.join(directory, 'a'), replace });

describe('an artifact', () => {
  it('is put together from its pieces', async () => {
    await fetch(source(content));
    expect(await readFile(path.join(directory, 'a'))).toEqual(content);
    expect(await readdir(directory)).toEqual(['a']);
  });

  it.each([
    ['shorter', content.subarray(0, 6)],
    ['longer', Buffer.concat([content, content])],
    ['other', Buffer.from(content).fill(1, 0, 1)],
  ])('that is %s than the task lists is not kept, and what was there stays', async (_what, bytes) => {
    await writeFile(path.join(directory, 'a'), 'before');
    await expect(fetch(source(bytes), true)).rejects.toMatchObject({ code: 'AD_TASK_ARTIFACT_MISMATCH' });
    expect(await readFile(path.join(directory, 'a'), 'utf8')).toBe('before');
    expect(await readdir(directory)).toEqual(['a']);
  });

  it('replaces a file only when told to, and a link but never what it leads to', async () => {
    await writeFile(path.join(directory, 'other'), 'before');
    await symlink('other', path.join(directory, 'a'));
    await expect(fetch(source(content))).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
    expect((await readdir(directory)).sort()).toEqual(['a', 'other']);
    await fetch(source(content), true);
    expect(await readFile(path.join(directory, 'a'))).toEqual(content);
    expect(await readFile(path.join(directory, 'other'), 'utf8')).toBe('before');
  });

  it('that cannot be read to its end leaves nothing', async () => {
    const broken = { result: () => Promise.reject(new Error('gone')) };
    await expect(fetch(broken)).rejects.toThrow('gone');
    expect(await readdir(directory)).toEqual([]);
  });
});
