import { describe, expect, it } from '@jest/globals';
import { readTrace } from './trace-context.js';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const traceparent = `00-${ID}-${SPAN}-01`;

describe('readTrace', () => {
  it('takes what is well formed as it is', () => {
    expect(readTrace({ traceparent, tracestate: 'rojo=00f067aa0ba902b7,congo@vendor=t61rcWkgMzE' })).toEqual({
      traceparent,
      tracestate: 'rojo=00f067aa0ba902b7,congo@vendor=t61rcWkgMzE',
    });
  });

  it('gives a later version in the form of the first', () => {
    expect(readTrace({ traceparent: `cc-${ID}-${SPAN}-03-what-comes-later` })).toEqual({
      traceparent: `00-${ID}-${SPAN}-03`,
    });
  });

  it.each([
    undefined,
    7,
    '',
    'garbage',
    `ff-${ID}-${SPAN}-01`,
    `00-${ID.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${ID}-${'0'.repeat(16)}-01`,
    `00-${ID}-${SPAN}-01-more`,
    `00-${ID}-${SPAN}-1`,
    ` ${traceparent}`,
    `${traceparent}\r\nx-evil: 1`,
    `cc-${ID}-${SPAN}-01.more`,
  ])('takes %j for nothing, and the tracestate with it', (given) => {
    expect(readTrace({ traceparent: given, tracestate: 'a=b' })).toBeUndefined();
  });

  it.each([
    ['spaces and empty members', ' a=1 ,\t, b=2', 'a=1,b=2'],
    ['a value with blanks inside', 'a=1 2', 'a=1 2'],
    ['no text', 7, undefined],
    ['nothing', ',', undefined],
    ['no pairs', 'a', undefined],
    ['a key twice', 'a=1,a=2', undefined],
    ['a key in capitals', 'A=1', undefined],
    ['a line end', 'a=1\r\nx: y', undefined],
    ['too many members', Array.from({ length: 33 }, (_, index) => `k${String(index)}=1`).join(','), undefined],
    ['too much', `a=${'x'.repeat(511)}`, undefined],
  ])('of a tracestate with %s keeps what is good, or nothing', (_what, tracestate, kept) => {
    expect(readTrace({ traceparent, tracestate })?.tracestate).toBe(kept);
  });
});
