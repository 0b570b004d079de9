import { describe, expect, it } from '@jest/globals';
import { readAgentLine } from './agent-line.js';
import { LineSplitter } from './line-splitter.js';

function split(pieces: readonly string[]): { lines: string[]; text: string[] } {
  const lines: string[] = [];
  const text: string[] = [];
  const splitter = new LineSplitter(
    (line) => lines.push(line),
    (piece) => text.push(piece),
  );
  for (const piece of pieces) splitter.add(piece);
  splitter.end();
  return { lines, text };
}

describe('the lines of an agent', () => {
  it('are whole, however they come, and all else is given on as it is', () => {
    const printed = 'hello\n{"a":1}\n\n  {"b":2}\n{"c":3}';
    for (const pieces of [[printed], Array.from(printed), printed.split(/(?<=:)/)]) {
      const { lines, text } = split(pieces);
      expect(lines).toEqual(['{"a":1}', '{"c":3}']);
      expect(text.join('')).toBe('hello\n\n  {"b":2}\n');
    }
  });

  it('are not waited for where they cannot become JSON', () => {
    const text: string[] = [];
    const splitter = new LineSplitter(
      () => undefined,
      (piece) => text.push(piece),
    );
    splitter.add('50 % ');
    expect(text).toEqual(['50 % ']);
    splitter.add('{"no":"line"}\n');
    expect(text.join('')).toBe('50 % {"no":"line"}\n');
  });

  it('are no lines any more when they are longer than a result may be', () => {
    const { lines, text } = split(['{"x":"', 'y'.repeat(9_000_000), '"}\n{"a":1}\n']);
    expect(lines).toEqual(['{"a":1}']);
    expect(text.join('')).toHaveLength(9_000_009);
  });
});

describe('a line of the protocol', () => {
  it.each([
    ['log', { type: 'log', text: 'x' }],
    ['progress', { type: 'progress', fraction: 0.5 }],
    ['message', { type: 'message', text: 'x', raw: [1] }],
    ['question', { type: 'input_required', request: { requestId: 'q', question: '?' } }],
    ['question that needs no answer any more', { type: 'input_received', requestId: 'q' }],
    ['artifact', { type: 'artifact', name: 'a/b' }],
    ['end', { type: 'ended', outcome: 'failed', error: { code: 'X', message: 'y' } }],
  ])('is a %s', (_what, line) => {
    expect(readAgentLine(JSON.stringify(line))).toEqual(line);
  });

  it.each([
    ['no JSON', '{"type":"log",'],
    ['of an unknown type', '{"type":"dance"}'],
    ['the worker’s own to say', '{"type":"gap"}'],
    ['numbered', '{"type":"log","text":"x","seq":3}'],
    ['without its text', '{"type":"message"}'],
    ['the end of no question', '{"type":"input_received"}'],
    ['without its question', '{"type":"input_required"}'],
    ['with a wrong value', '{"type":"progress","fraction":2}'],
    ['with more than belongs there', '{"type":"log","text":"x","colour":"red"}'],
    ['an end that only callers can want', '{"type":"ended","outcome":"cancelled"}'],
    ['a list', '[1]'],
  ])('is not what is %s', (_what, line) => {
    expect(readAgentLine(line)).toBeUndefined();
  });
});
