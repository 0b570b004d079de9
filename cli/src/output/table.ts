// Rows of text as aligned columns. Cells may be foreign text: each is made one safe line.
import { oneLine } from './terminal-text.js';

/** Lines without a trailing line end; the header alone when there are no rows. */
export function table(header: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const lines = [header, ...rows].map((row) => header.map((_, column) => oneLine(row[column] ?? '')));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => width(line[column]))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const width = (cell = ''): number => Array.from(cell).length;
