import { describe, expect, it } from '@jest/globals';
import { table } from './table.js';

describe('a table', () => {
  it('aligns its columns and leaves no blanks at line ends', () => {
    const rows = [
      ['a', 'long cell', undefined],
      ['bbb', 'x', 'y'],
    ];
    expect(table(['ONE', 'TWO', 'THREE'], rows)).toBe('ONE  TWO        THREE\na    long cell\nbbb  x          y');
  });

  it('keeps each row on one line, whatever a cell holds', () => {
    expect(table(['A'], [['x\n\u001b[1Ay']])).toBe('A\nx ^[[1Ay');
  });
});
