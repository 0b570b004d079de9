// Waiting for what the world does in its own time. The limits are generous: they end a test that would never end.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 20;
const LONGEST_MS = 30_000;

/** Resolves when the condition holds. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + LONGEST_MS;
  while (!(await condition())) {
    assert(Date.now() < end, `never came true: ${what}`);
    await delay(LOOK_MS);
  }
}

export async function within<Value>(ms: number, promise: Promise<Value>, what: string): Promise<Value> {
  const over = new AbortController();
  const limit = delay(ms, undefined, { signal: over.signal }).then(() =>
    assert.fail(`${what} within ${String(ms)} ms`),
  );
  limit.catch(() => undefined);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    over.abort();
  }
}
