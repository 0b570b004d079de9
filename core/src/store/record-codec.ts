// One line of a journal or checkpoint: a JSON object whose first property is a checksum of the rest.
import { crc32 } from 'node:zlib';

const PREFIX = '{"crc":"';
const DIGITS = 8;
/** `{"crc":"xxxxxxxx",` stands before the rest of the object. */
const HEAD = PREFIX.length + DIGITS + 2;

const checksum = (text: string): string => crc32(text).toString(16).padStart(DIGITS, '0');

/** @param record an object with at least one property that JSON keeps. */
export function encodeLine(record: object): string {
  const rest = JSON.stringify(record).slice(1);
  return `${PREFIX}${checksum(rest)}",${rest}\n`;
}

/** The record without its checksum; undefined when the line is damaged. Without the line end. */
export function decodeLine(line: string): unknown {
  const rest = line.slice(HEAD);
  if (!line.startsWith(PREFIX) || line.slice(PREFIX.length, PREFIX.length + DIGITS) !== checksum(rest))
    return undefined;
  try {
    return JSON.parse(`{${rest}`);
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
      record: complete ? decodeLine(bytes.toString('utf8', start, stop)) : undefined,
    };
    start = end;
  }
}
