import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { attemptPathsIn, type AttemptPaths } from '../attempt/paths.js';
import { OutputReader, type PlacedLine } from '../follow/output-reader.js';
import { OutputRecorder, piecesOf } from './output-recorder.js';

let paths: AttemptPaths;
beforeEach(() => {
  paths = attemptPathsIn(mkdtempSync(join(tmpdir(), 'recorder-')), 'task_x-1');
});
afterEach(() => {
  rmSync(paths.root, { recursive: true });
});

async function readAll(offset = 0): Promise<PlacedLine[]> {
  const reader = new OutputReader(paths.output, offset);
  const lines: PlacedLine[] = [];
  for (let more = await reader.read(); more.length > 0; more = await reader.read()) lines.push(...more);
  await reader.close();
  return lines;
}

const shown = ({ line }: PlacedLine): unknown => line && ('lost' in line ? 'lost' : `${line.stream}: ${line.text}`);

describe('the output record', () => {
  it('keeps the order of both streams and whole characters of each', async () => {
    const recorder = new OutputRecorder(paths, 1_000);
    const euro = Buffer.from('€');
    recorder.write('stdout', euro.subarray(0, 1));
    recorder.write('stderr', Buffer.from('between'));
    recorder.write('stdout', euro.subarray(1));
    recorder.write('stdout', euro.subarray(0, 2));
    recorder.close();
    expect((await readAll()).map(shown)).toEqual(['stderr: between', 'stdout: €', 'stdout: \ufffd']);
    expect(readFileSync(paths.stdout)).toEqual(Buffer.concat([euro, euro.subarray(0, 2)]));
    expect(recorder.stderrTail).toBe('between');
  });

  it('can be read on from after any line', async () => {
    const recorder = new OutputRecorder(paths, 10_000_000);
    for (let count = 0; count < 50; count += 1) recorder.write('stdout', Buffer.alloc(60_000, `${count} \n"`));
    recorder.close();
    const all = await readAll();
    expect(all).toHaveLength(150);
    for (const index of [0, 1, 77, 149]) expect(await readAll(all[index]?.after)).toEqual(all.slice(index + 1));
  });

  it('drops what comes after its limit, and marks the place once', async () => {
    const recorder = new OutputRecorder(paths, 10);
    for (const text of ['12345', '67890', 'x', 'y']) recorder.write('stdout', Buffer.from(text));
    recorder.close();
    expect((await readAll()).map(shown)).toEqual(['stdout: 12345', 'stdout: 67890', 'lost']);
    expect(readFileSync(paths.stdout, 'utf8')).toBe('1234567890');
  });
});

describe('piecesOf', () => {
  it('tears no character', () => {
    expect(piecesOf('a😀b', 2)).toEqual(['a', '😀', 'b']);
    expect(piecesOf('', 2)).toEqual([]);
  });

  it('stays within 64 KiB of UTF-8 whatever the text', () => {
    for (const text of ['€', '😀', '\u0000', 'x\ufffd']) {
      const pieces = piecesOf(text.repeat(100_000));
      expect(Math.max(...pieces.map((piece) => Buffer.byteLength(piece)))).toBeLessThanOrEqual(65_536);
      expect(pieces.join('')).toBe(text.repeat(100_000));
    }
  });
});
