import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { LineGuard } from './line-guard.js';

const LIMIT = 200;

/** What is passed on and what is answered when the chunks arrive one after the other. */
async function guarded(chunks: (string | Buffer)[]): Promise<{ passed: string; answered: object[] }> {
  const answered: object[] = [];
  const guard = new LineGuard((message) => answered.push(message), LIMIT);
  for (const chunk of chunks) guard.write(chunk);
  guard.end();
  return { passed: await text(guard), answered };
}

const long = 'x'.repeat(LIMIT);
const refusal = (id: string | number): object =>
  expect.objectContaining({
    jsonrpc: '2.0',
    id,
    error: expect.objectContaining({
      code: -32602,
      message: expect.stringMatching(/^AD_INPUT_TOO_LARGE: .* nothing was started\.$/),
      data: expect.objectContaining({ code: 'AD_INPUT_TOO_LARGE', fault: 'caller' }) as object,
    }) as object,
  });

describe('LineGuard', () => {
  it('passes whole lines on, however they were cut', async () => {
    const lines = '{"id":1}\n{"text":"é"}\n\n';
    const bytes = [...Buffer.from(lines)].map((byte) => Buffer.from([byte]));
    expect(await guarded(bytes)).toEqual({ passed: lines, answered: [] });
    expect(await guarded([lines])).toEqual({ passed: lines, answered: [] });
  });

  it('passes a line of exactly the limit', async () => {
    const line = `${'x'.repeat(LIMIT - 1)}\n`;
    expect(await guarded([line])).toEqual({ passed: line, answered: [] });
  });

  it('passes many lines on in pieces, so that the work for the first begins before the last is read', async () => {
    const lines = Array.from({ length: 300 }, (_, id) => `{"id":${String(id)},"method":"ping"}\n`).join('');
    const guard = new LineGuard(() => undefined);
    guard.end(lines);
    const pieces: { turn: number; piece: string }[] = [];
    let turn = 0;
    guard.on('data', (chunk: Buffer) => pieces.push({ turn, piece: chunk.toString() }));
    for (; !guard.readableEnded; turn += 1) await setImmediate();
    expect(pieces.map(({ piece }) => piece).join('')).toBe(lines);
    expect(pieces.every(({ piece }) => piece.endsWith('\n'))).toBe(true);
    expect(new Set(pieces.map(({ turn }) => turn)).size).toBeGreaterThan(2);
  });

  it('drops what comes without a line feed before the end', async () => {
    expect(await guarded(['{"id":1}\n{"id":'])).toEqual({ passed: '{"id":1}\n', answered: [] });
  });

  it.each([
    ['in front', `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"a":"${long}"}}`, 7],
    ['in front, as text', `{"id": "a\\"b" ,"params":{"a":"${long}"}}`, 'a"b'],
    ['at the end', `{"method":"tools/call","params":{"a":"${long}","id":1},"jsonrpc":"2.0","id":8}`, 8],
    ['before the version at the end', `{"method":"m","params":{"a":"${long}"},"id":9,"jsonrpc":"2.0"}`, 9],
  ])('answers a line over the limit by its id %s, and goes on', async (_where, line, id) => {
    const { passed, answered } = await guarded([line.slice(0, 150), `${line.slice(150)}\n`, '{"id":2}\n']);
    expect(answered).toEqual([refusal(id)]);
    expect(passed).toBe('{"id":2}\n');
  });

  it('takes no id from inside the parameters', async () => {
    const { passed, answered } = await guarded([`{"method":"m","params":{"id":3,"a":"${long}","b":{"id":4}}}\n`]);
    expect({ passed, answered }).toEqual({ passed: '', answered: [] });
  });
});
