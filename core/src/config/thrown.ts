// What can be said of any thrown value, by its shape: it may come from another realm or another copy of a class.
import { isRecord } from './record.js';

/** The code of a system error, such as ENOENT. */
export const codeOf = (thrown: unknown): string | undefined =>
  isRecord(thrown) && typeof thrown['code'] === 'string' ? thrown['code'] : undefined;

export const messageOf = (thrown: unknown): string =>
  isRecord(thrown) && typeof thrown['message'] === 'string' ? thrown['message'] : String(thrown);
