import { expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { asResponse } from './as-response.js';

const KIB_64 = 64 * 1024;
const OK = { statusCode: 200, headers: {} };

it('reads no further ahead than a little, however fast the agent pours', async () => {
  let poured = 0;
  const source = new Readable({
    read() {
      poured += 1;
      this.push(Buffer.alloc(KIB_64));
    },
  });
  const response = asResponse({ ...OK, body: source }, () => undefined);
  const reader = response.body?.getReader();
  await reader?.read();
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(poured).toBeLessThan(8);
  await reader?.cancel();
});

it('closes the connection when the body is cancelled, and settles', async () => {
  const source = new Readable({ read: () => undefined });
  const settled = new Promise<void>((resolve) => {
    void asResponse({ ...OK, body: source }, resolve).body?.cancel();
  });
  await settled;
  expect(source.destroyed).toBe(true);
});

it('has no body for a status that carries none, and leaves nothing unread', () => {
  const source = new Readable({ read: () => undefined });
  let isSettled = false;
  const response = asResponse({ statusCode: 204, headers: {}, body: source }, () => (isSettled = true));
  expect([response.status, response.body, source.destroyed, isSettled]).toEqual([204, null, true, true]);
});
