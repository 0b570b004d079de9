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

it('gives all that comes, in order, and then its end or what broke it', async () => {
  const whole = asResponse({ ...OK, body: Readable.from([Buffer.from('one '), Buffer.from('two')]) }, () => undefined);
  expect(await whole.text()).toBe('one two');
  const broken = new Readable({ read: () => undefined });
  const answer = asResponse({ ...OK, body: broken }, () => undefined);
  broken.push('one');
  const reader = answer.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('one');
  broken.destroy(new Error('the line broke'));
  await expect(reader?.read()).rejects.toThrow('the line broke');
});

it('breaks nothing when it is cancelled while it has just been asked for more', async () => {
  const source = new Readable({ read: () => undefined });
  const response = asResponse({ ...OK, body: source }, () => undefined);
  for (let count = 0; count < 5; count += 1) source.push(Buffer.alloc(40_000));
  await new Promise((resolve) => setImmediate(resolve));
  const reader = response.body?.getReader();
  const read = reader?.read();
  await reader?.cancel();
  await read;
  // What is thrown into nowhere would end the process, and with it this test.
  await new Promise((resolve) => setImmediate(resolve));
  expect(source.destroyed).toBe(true);
});

it('has no body for a status that carries none, and leaves nothing unread', () => {
  const source = new Readable({ read: () => undefined });
  let isSettled = false;
  const response = asResponse({ statusCode: 204, headers: {}, body: source }, () => (isSettled = true));
  expect([response.status, response.body, source.destroyed, isSettled]).toEqual([204, null, true, true]);
});
