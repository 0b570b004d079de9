import { describe, expect, it } from '@jest/globals';
import { decodeLine, decodeLines, encodeLine } from './record-codec.js';

const record = { type: 'x', text: 'ü "quoted"\n', list: [1, null] };

describe('encodeLine', () => {
  it('makes one line of JSON that decodes to the same record', () => {
    const line = encodeLine(record);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject(record);
    expect(decodeLine(Buffer.from(line.trimEnd()))).toEqual(record);
  });
});

describe('decodeLine', () => {
  it('finds every changed byte', () => {
    const bytes = Buffer.from(encodeLine(record).trimEnd());
    for (let place = 0; place < bytes.length; place++) {
      const changed = Buffer.from(bytes);
      changed[place] = (bytes[place] ?? 0) ^ 1;
      expect(decodeLine(changed)).toBeUndefined();
    }
  });

  it('finds every cut', () => {
    const line = Buffer.from(encodeLine(record).trimEnd());
    for (let length = 0; length < line.length; length++) expect(decodeLine(line.subarray(0, length))).toBeUndefined();
  });
});

describe('decodeLines', () => {
  it('goes on behind a damaged line and says where each stands', () => {
    const [a, b] = [encodeLine({ n: 1 }), encodeLine({ n: 2 })];
    const lines = [...decodeLines(Buffer.from(`${a}rubbish\n${b}${a.trimEnd()}`))];
    expect(lines.map(({ record: found, number, complete }) => [found, number, complete])).toEqual([
      [{ n: 1 }, 1, true],
      [undefined, 2, true],
      [{ n: 2 }, 3, true],
      [undefined, 4, false],
    ]);
    expect(lines[2]?.end).toBe(a.length + 8 + b.length);
  });
});
