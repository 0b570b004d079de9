// What can be read off a thrown value, whichever realm or package made it.

const has = <Key extends string>(error: unknown, key: Key): error is Record<Key, unknown> =>
  typeof error === 'object' && error !== null && key in error;

/** Whether it is a system error of one of these codes. */
export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  has(error, 'code') && codes.includes(String(error.code));

/** Whether it bears one of the host's error codes. */
export const isCoded = (error: unknown): error is Error => has(error, 'code') && String(error.code).startsWith('AD_');

export const messageOf = (error: unknown): string => (has(error, 'message') ? String(error.message) : String(error));
