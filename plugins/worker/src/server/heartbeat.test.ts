import { expect, it } from '@jest/globals';
import { withHeartbeats } from './heartbeat.js';

it('breaks silence, and loses nothing meanwhile', async () => {
  let speak!: (value: string) => void;
  const word = new Promise<string>((resolve) => (speak = resolve));
  async function* source(): AsyncGenerator<string> {
    yield 'first';
    yield await word;
  }
  const seen: (string | undefined)[] = [];
  for await (const value of withHeartbeats(source(), 5)) {
    seen.push(value);
    if (seen.length === 4) speak('second');
  }
  expect(seen.slice(0, 4)).toEqual(['first', undefined, undefined, undefined]);
  expect(seen.filter((value) => value !== undefined)).toEqual(['first', 'second']);
});

it('lets the source clean up when nobody reads any more', async () => {
  let isClean = false;
  async function* source(): AsyncGenerator<number> {
    try {
      for (let count = 0; ; count += 1) yield count;
    } finally {
      isClean = true;
    }
  }
  for await (const value of withHeartbeats(source())) if (value === 3) break;
  await new Promise(setImmediate);
  expect(isClean).toBe(true);
});
