import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InputFile } from '@agent-dispatch/schemas';
import type { DriverContext } from '../../provider/index.js';
import { contextFor } from '../http/testdata/loopback-agent.js';
import { inlineInputs, measureInputs, piecesOf } from './inputs.js';

const MIB = 1024 * 1024;
const digest = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

let directory: string;
beforeEach(async () => (directory = await mkdtemp(path.join(tmpdir(), 'agentdispatch-inputs-'))));
afterEach(async () => rm(directory, { recursive: true, force: true }));

async function fileOf(content: Uint8Array | string): Promise<string> {
  const file = path.join(directory, 'input');
  await writeFile(file, content);
  return file;
}

function asking(...inputs: InputFile[]): DriverContext {
  const { request } = contextFor();
  return contextFor({ request: { ...request, input: { ...request.input, inputs } } });
}

async function collected<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

describe('measuring', () => {
  it('gives the digest and size of texts and files', async () => {
    const file = await fileOf('of a file');
    const inputs = await measureInputs(asking({ path: 'a', text: 'Grüße' }, { path: 'b', file }));
    expect(inputs).toEqual([
      { path: 'a', sha256: digest('Grüße'), size: 7, source: { text: 'Grüße' } },
      { path: 'b', sha256: digest('of a file'), size: 9, source: { file } },
    ]);
  });

  it.each(['text', 'file'])('takes a %s whose digest fits, and refuses one whose does not', async (kind) => {
    const source = kind === 'text' ? { text: 'content' } : { file: await fileOf('content') };
    await expect(measureInputs(asking({ path: 'a', ...source, sha256: digest('content') }))).resolves.toHaveLength(1);
    await expect(measureInputs(asking({ path: 'a', ...source, sha256: digest('other') }))).rejects.toMatchObject({
      code: 'AD_INPUT_DIGEST_MISMATCH',
      message: expect.stringContaining(digest('content')),
    });
  });

  it('refuses a file that is not there, and what is no file', async () => {
    const missing = path.join(directory, 'missing');
    for (const file of [missing, directory, '/dev/zero']) {
      await expect(measureInputs(asking({ path: 'a', file }))).rejects.toMatchObject({
        code: 'AD_INPUT_FILE_UNREADABLE',
        message: expect.stringContaining(file),
      });
    }
  });

  it('stops when it is aborted', async () => {
    const abort = new AbortController();
    const context = { ...asking({ path: 'a', file: await fileOf('content') }), signal: abort.signal };
    abort.abort(new Error('stopped'));
    await expect(measureInputs(context)).rejects.toThrow('stopped');
  });
});

describe('the pieces of a file', () => {
  it('are at most 4 MiB long, and together the file', async () => {
    const content = Buffer.alloc(9 * MIB, 'abcdefg');
    const [input] = await measureInputs(asking({ path: 'a', file: await fileOf(content) }));
    if (input === undefined) throw new Error('no input');
    const pieces = await collected(piecesOf(input));
    expect(pieces.map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
      [0, 4 * MIB],
      [4 * MIB, 4 * MIB],
      [8 * MIB, MIB],
    ]);
    expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).equals(content)).toBe(true);
    const rest = await collected(piecesOf(input, 8 * MIB + 1));
    expect(rest.map(({ offset, bytes }) => [offset, bytes.length])).toEqual([[8 * MIB + 1, MIB - 1]]);
  });

  it('are one without bytes for an empty file', async () => {
    const inputs = await measureInputs(asking({ path: 'a', file: await fileOf('') }, { path: 'b', text: '' }));
    expect(inputs).toHaveLength(2);
    for (const input of inputs) {
      const pieces = await collected(piecesOf(input));
      expect(pieces.map(({ offset, bytes }) => [offset, bytes.length])).toEqual([[0, 0]]);
    }
  });

  it('end where the file has become shorter', async () => {
    const file = await fileOf(Buffer.alloc(5 * MIB));
    const [input] = await measureInputs(asking({ path: 'a', file }));
    if (input === undefined) throw new Error('no input');
    await truncate(file, 100);
    expect((await collected(piecesOf(input))).map(({ bytes }) => bytes.length)).toEqual([100]);
  });
});

describe('inline', () => {
  it('texts go as they are and files as base64', async () => {
    const bytes = Uint8Array.from([0, 255, 1]);
    const inputs = await inlineInputs(
      asking({ path: 'a', text: 'x' }, { path: 'b', file: await fileOf(bytes), executable: true }),
    );
    expect(inputs).toEqual([
      { path: 'a', sha256: digest('x'), text: 'x' },
      { path: 'b', sha256: digest(bytes), base64: 'AP8B', executable: true },
    ]);
  });

  it('no more than the limit goes, all together', async () => {
    const file = await fileOf('12345');
    const context = asking({ path: 'a', text: '1234' }, { path: 'b', file });
    await expect(inlineInputs(context, 9)).resolves.toHaveLength(2);
    await expect(inlineInputs(context, 8)).rejects.toMatchObject({
      code: 'AD_INPUT_TOO_LARGE',
      hint: expect.stringContaining('protocol http'),
    });
  });
});
