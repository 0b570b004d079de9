import { describe, expect, it } from '@jest/globals';
import { DispatchError } from '../../errors/index.js';
import { Mailbox } from './mailbox.js';

const PLACE = { installationId: 'inst-1', taskId: 'task_1', attempt: 1 };
const open = (): AbortSignal => new AbortController().signal;
const message = { id: 'm1', text: 'blue', requestId: 'q1' };

describe('an answer', () => {
  it('is delivered to who waits for it, once that has passed it on', async () => {
    const mailbox = new Mailbox();
    const order: string[] = [];
    let passOn = (): void => undefined;
    const passedOn = new Promise<void>((resolve) => (passOn = resolve));
    const answered = mailbox.answer(PLACE, 'q1', open(), async ({ text }) => {
      await passedOn;
      order.push('passed on');
      return text.toUpperCase();
    });
    const delivered = mailbox.deliver(PLACE, message).then((receipt) => {
      order.push('delivered');
      return receipt;
    });
    passOn();
    await expect(delivered).resolves.toEqual({ state: 'delivered' });
    await expect(answered).resolves.toBe('BLUE');
    expect(order).toEqual(['passed on', 'delivered']);
  });

  it('that the agent was not given fails for both, with what went wrong', async () => {
    const mailbox = new Mailbox();
    const error = new DispatchError('AD_PROTOCOL_AGENT_ERROR', 'no');
    const answered = mailbox.answer(PLACE, 'q1', open(), () => Promise.reject(error));
    const delivered = mailbox.deliver(PLACE, message);
    await expect(answered).rejects.toBe(error);
    await expect(delivered).rejects.toBe(error);
  });

  it.each([
    ['nobody waits', undefined, message, 'it asks nothing now'],
    ['another question is open', 'q2', message, 'it waits for an answer to q2'],
    ['it answers nothing', 'q1', { id: 'm1', text: 'blue' }, 'takes answers to its questions alone'],
  ])('is rejected with the reason when %s', async (_name, waiting, given, reason) => {
    const mailbox = new Mailbox();
    if (waiting !== undefined) void mailbox.answer(PLACE, waiting, open(), async () => undefined);
    expect(await mailbox.deliver(PLACE, given)).toEqual({ state: 'rejected', reason: expect.stringContaining(reason) });
  });

  it.each([
    ['attempt', { ...PLACE, attempt: 2 }],
    ['task', { ...PLACE, taskId: 'task_2' }],
    ['installation', { ...PLACE, installationId: 'inst-2' }],
  ])('does not reach another %s', async (_name, place) => {
    const mailbox = new Mailbox();
    void mailbox.answer(PLACE, 'q1', open(), async () => undefined);
    expect(await mailbox.deliver(place, message)).toMatchObject({ state: 'rejected' });
  });

  it('is taken once', async () => {
    const mailbox = new Mailbox();
    const answered = mailbox.answer(PLACE, 'q1', open(), async ({ text }) => text);
    expect(await mailbox.deliver(PLACE, message)).toEqual({ state: 'delivered' });
    expect(await mailbox.deliver(PLACE, message)).toMatchObject({ state: 'rejected' });
    await expect(answered).resolves.toBe('blue');
  });
});

describe('who waits', () => {
  it('waits no longer after an abort, and the question is closed', async () => {
    const mailbox = new Mailbox();
    const abort = new AbortController();
    const answered = mailbox.answer(PLACE, 'q1', abort.signal, async () => undefined);
    abort.abort(new Error('stopped'));
    await expect(answered).rejects.toThrow('stopped');
    expect(await mailbox.deliver(PLACE, message)).toMatchObject({ state: 'rejected' });
    await expect(mailbox.answer(PLACE, 'q1', abort.signal, async () => undefined)).rejects.toThrow('stopped');
  });

  it('may ask again under an id that is closed, and not under one that is open', async () => {
    const mailbox = new Mailbox();
    const first = mailbox.answer(PLACE, 'q1', open(), async ({ text }) => text);
    await expect(mailbox.answer(PLACE, 'q1', open(), async () => undefined)).rejects.toMatchObject({
      code: 'AD_PROTOCOL_RESPONSE',
    });
    await mailbox.deliver(PLACE, message);
    await first;
    const second = mailbox.answer(PLACE, 'q1', open(), async ({ text }) => text);
    expect(await mailbox.deliver(PLACE, { ...message, text: 'red' })).toEqual({ state: 'delivered' });
    await expect(second).resolves.toBe('red');
  });

  it('cannot have any number of questions open', async () => {
    const mailbox = new Mailbox();
    for (let number = 0; number < 100; number += 1) {
      void mailbox.answer(PLACE, `q${String(number)}`, open(), async () => undefined);
    }
    await expect(mailbox.answer(PLACE, 'one more', open(), async () => undefined)).rejects.toMatchObject({
      code: 'AD_PROTOCOL_TOO_LARGE',
    });
    const { taskId, ...other } = PLACE;
    void mailbox.answer({ ...other, taskId: `${taskId}-2` }, 'q1', open(), async () => undefined);
    expect(await mailbox.deliver({ ...other, taskId: `${taskId}-2` }, message)).toEqual({ state: 'delivered' });
  });
});
