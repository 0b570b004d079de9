// One text for one JSON value, whatever the order in which its keys were written, so that values can be compared by digest.
import { createHash } from 'node:crypto';
import { isRecord } from './record.js';

/** JSON with sorted keys and no spaces. Properties that are undefined count as absent. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (isRecord(part) ? sorted(part) : part));

/** SHA-256 of the canonical JSON, as 64 hexadecimal digits. */
export const digestOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

const sorted = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
