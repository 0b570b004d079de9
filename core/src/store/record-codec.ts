// One line of a journal, checkpoint, document or events file: a JSON object whose first property is a checksum of the rest.
import { crc32 } from 'node:zlib';

/** What stands before the rest of the object; always of the same length. */
const head = (rest: string | Buffer): string => `{"crc":"${crc32(rest).toString(16).padStart(8, '0')}",`;
const HEAD_LENGTH = head('').length;

/** @param record an object with at least one property that JSON keeps. */
export function encodeLine(record: object): string {
  const rest = JSON.stringify(record).slice(1);
  return `${head(rest)}${rest}\n`;
}

/** The record without its checksum; undefined when the line is damaged. @param line without the line end. */
export function decodeLine(line: Buffer): unknown {
  const rest = line.subarray(HEAD_LENGTH);
  if (line.toString('latin1', 0, HEAD_LENGTH) !== head(rest)) return undefined;
  try {
    return JSON.parse(`{${rest.toString('utf8')}`);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export interface Line {
  /** Where it begins, in bytes. */
  start: number;
  /** Where the next begins. */
  end: number;
  /** From 1. */
  number: number;
  /** undefined: damaged. */
  record: unknown;
  /** Ends with a line end. */
  complete: boolean;
}

/** All lines of a file, damaged ones included. */
export function* decodeLines(bytes: Buffer): Iterable<Line> {
  let start = 0;
  for (let number = 1; start < bytes.length; number++) {
    const newline = bytes.indexOf(0x0a, start);
    const complete = newline >= 0;
    const stop = complete ? newline : bytes.length;
    const end = complete ? newline + 1 : stop;
    yield {
      start,
      end,
      number,
      complete,
      record: complete ? decodeLine(bytes.subarray(start, stop)) : undefined,
    };
    start = end;
  }
}
