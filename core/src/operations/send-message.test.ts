// send_message as callers see it: receipts, questions answered, and nothing sent that should not be.
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import type { DriverEvent } from '../provider/index.js';
import { Desk } from './testdata/control-plane.js';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.host.stop());

/** A task whose work tells these events and runs on. */
async function running(...events: DriverEvent[]): Promise<string> {
  desk.host.driver.starting = async function* (_handle, { signal }) {
    yield { type: 'attached' };
    yield* events;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  const { task_id } = await desk.spawn();
  await desk.host.until(task_id, events.length === 0 ? 'running' : 'input_required');
  return task_id;
}

const asks: DriverEvent = { type: 'input_required', request: { requestId: 'q1', question: 'Which branch?' } };

describe('send_message', () => {
  it('gives the message to the work and tells its receipt', async () => {
    const task_id = await running();
    const answer = await desk.controlPlane.send({ task_id, message: 'hurry' });
    expect(answer).toMatchObject({ task_id, status: 'running', receipt: { state: 'delivered' } });
    expect(desk.host.driver.messages).toEqual([{ id: answer.message_id, text: 'hurry' }]);
    expect((await desk.host.events(task_id)).slice(-2)).toMatchObject([
      { type: 'message', role: 'user', message: 'hurry' },
      { type: 'receipt', receipt: { state: 'delivered' } },
    ]);
  });

  it('answers a question, after which the task runs again', async () => {
    const task_id = await running(asks);
    const [question] = (await desk.controlPlane.get({ task_id })).input_requests ?? [];
    const answer = await desk.controlPlane.send({ task_id, message: 'main', request_id: question?.request_id ?? '' });
    expect(answer).toMatchObject({ status: 'running', receipt: { state: 'delivered' } });
    expect(desk.host.driver.messages).toMatchObject([{ text: 'main', requestId: 'q1' }]);
    expect((await desk.controlPlane.get({ task_id })).input_requests).toBeUndefined();
  });

  it('sends once what is said twice under one id', async () => {
    const task_id = await running();
    const input = { task_id, message: 'hurry', message_id: 'mine' };
    const [first, second] = await Promise.all([desk.controlPlane.send(input), desk.controlPlane.send(input)]);
    expect(await desk.controlPlane.send(input)).toEqual(first);
    expect(second).toEqual(first);
    expect(desk.host.driver.messages).toHaveLength(1);
  });

  it('refuses another text under the same id', async () => {
    const task_id = await running();
    await desk.controlPlane.send({ task_id, message: 'hurry', message_id: 'mine' });
    await expect(desk.controlPlane.send({ task_id, message: 'wait', message_id: 'mine' })).rejects.toMatchObject({
      code: 'AD_INPUT_IDEMPOTENCY_CONFLICT',
    });
  });

  it('refuses another text under the same id that is said at the same time', async () => {
    const task_id = await running();
    const [first, second] = await Promise.allSettled([
      desk.controlPlane.send({ task_id, message: 'hurry', message_id: 'mine' }),
      desk.controlPlane.send({ task_id, message: 'wait', message_id: 'mine' }),
    ]);
    expect(first).toMatchObject({ value: { receipt: { state: 'delivered' } } });
    expect(second).toMatchObject({ reason: { code: 'AD_INPUT_IDEMPOTENCY_CONFLICT' } });
    expect(desk.host.driver.messages).toEqual([{ id: 'mine', text: 'hurry' }]);
  });

  it.each([
    ['a coded error of the driver rejects it', new DispatchError('AD_PROVIDER_DENIED', 'no'), 'rejected'],
    [
      'an ambiguous error leaves it unknown',
      new DispatchError('AD_PROVIDER_UNAVAILABLE', 'no', { details: { ambiguous: true } }),
      'unknown',
    ],
    ['an error without a code leaves it unknown', new Error('no'), 'unknown'],
  ])('%s', async (_name, error, state) => {
    const task_id = await running();
    desk.host.driver.sending = () => Promise.reject(error);
    const { receipt } = await desk.controlPlane.send({ task_id, message: 'hurry' });
    expect(receipt).toEqual({ state, reason: 'no' });
  });

  it.each([
    ['a malformed receipt', { state: 'read' }],
    ['no receipt', undefined],
  ])('is unknown when the driver gives %s', async (_name, receipt) => {
    const task_id = await running();
    desk.host.driver.sending = async () => receipt as never;
    expect((await desk.controlPlane.send({ task_id, message: 'hurry' })).receipt).toMatchObject({ state: 'unknown' });
  });

  it('shows no secret that the work says in its reason', async () => {
    const task_id = await running();
    const key = `ghp_${'a1B2c3D4e5'.repeat(4)}`.slice(0, 40);
    desk.host.driver.sending = async () => ({ state: 'rejected', reason: `not with ${key}` });
    const { receipt } = await desk.controlPlane.send({ task_id, message: 'hurry' });
    expect(receipt).toMatchObject({ state: 'rejected', reason: expect.stringMatching(/^not with \[redacted/) });
  });

  it('is taken over for work that cannot be reached yet', async () => {
    let begin: () => void = () => undefined;
    desk.host.driver.starting = async function* (_handle, { signal }) {
      await new Promise<void>((resolve) => (begin = resolve));
      yield { type: 'attached' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const { task_id } = await desk.spawn();
    await desk.host.until(task_id, 'starting');
    expect(await desk.controlPlane.send({ task_id, message: 'hurry' })).toMatchObject({
      status: 'starting',
      receipt: { state: 'queued' },
    });
    begin();
    await desk.host.eventually(() => desk.host.driver.messages.length === 1);
  });

  it('tells that it is stored when the receipt does not come in time', async () => {
    const task_id = await running();
    desk.host.driver.sending = (_message, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
    const answer = desk.controlPlane.send({ task_id, message: 'hurry', message_id: 'mine' });
    while (desk.host.driver.messages.length === 0) await turn();
    for (let waited = 0; waited < 5; waited += 1) await desk.host.clock.advance(5_000);
    expect((await answer).receipt).toMatchObject({ state: 'queued', reason: expect.any(String) });
    await desk.host.clock.advance(60_000);
    const later = await desk.controlPlane.send({ task_id, message: 'hurry', message_id: 'mine' });
    expect(later.receipt).toMatchObject({ state: 'unknown' });
    expect(desk.host.driver.messages).toHaveLength(1);
  });

  it('does not say of a message that was sent long ago that it waits', async () => {
    const task_id = await running();
    const first = { task_id, message: 'hurry', message_id: 'first' };
    await desk.controlPlane.send(first);
    for (let sent = 0; sent < 25; sent += 1) await desk.controlPlane.send({ task_id, message: String(sent) });
    expect((await desk.controlPlane.send(first)).receipt).toEqual({ state: 'unknown', reason: expect.any(String) });
    expect(desk.host.driver.messages).toHaveLength(26);
  });

  it('does not reach a task that has ended', async () => {
    const task_id = await desk.ended();
    const { receipt } = await desk.controlPlane.send({ task_id, message: 'hello' });
    expect(receipt).toMatchObject({ state: 'rejected', reason: expect.stringContaining('succeeded') });
    expect(desk.host.driver.messages).toEqual([]);
  });

  it.each([
    ['a credential', `use ghp_${'a1B2c3D4e5'.repeat(4)}`.slice(0, 44), 'AD_POLICY_CREDENTIALS'],
    ['too long a text', 'x'.repeat(40_000), 'AD_INPUT_TOO_LARGE'],
    ['nothing', '', 'AD_INPUT_INVALID'],
  ])('refuses %s, and stores nothing of it', async (_name, message, code) => {
    const task_id = await running();
    const before = await desk.host.events(task_id);
    await expect(desk.controlPlane.send({ task_id, message })).rejects.toMatchObject({ code });
    expect(await desk.host.events(task_id)).toEqual(before);
  });

  it.each(['message_id', 'request_id'])('refuses a long %s, which would stay in the record', async (name) => {
    const task_id = await running();
    const input = { task_id, message: 'hurry', [name]: 'x'.repeat(2_000) };
    await expect(desk.controlPlane.send(input)).rejects.toMatchObject({ code: 'AD_INPUT_TOO_LARGE' });
    expect(desk.host.driver.messages).toEqual([]);
  });
});
