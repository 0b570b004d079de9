// Messages to the work, decided: what is sent when, what is never sent twice, and what each ends as.
import { describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { Advance } from './advance.js';
import type { Input } from './inputs.js';
import {
  SECOND,
  T0,
  cancelCommand,
  contact,
  newTask,
  planned,
  play,
  provisioned,
  question,
  step,
  succeeded,
} from './testdata/tasks.js';

const given = (messageId: string, more: object = {}): Input => ({
  type: 'command',
  command: { commandId: messageId, inbox: 1, at: 0, kind: 'message', body: { messageId, text: messageId, ...more } },
});
const sent = (messageId: string, state: 'delivered' | 'queued' = 'delivered'): Input => ({
  type: 'sent',
  messageId,
  receipt: { state },
});
const STARTED = [planned, provisioned];
const RUNNING = [...STARTED, contact];

const speakable = (send: TaskRecord['route']['send'] = 'at-most-once'): TaskRecord => newTask({ route: { send } });
const after = (...inputs: Input[]): Advance => play(speakable(), inputs);
const states = ({ record }: Pick<Advance, 'record'>): string[] =>
  (record.messages ?? []).map(({ messageId, state }) => `${messageId} ${state}`);

describe('a message to running work', () => {
  it('is recorded as being sent before the effect that sends it', () => {
    const next = step(after(...RUNNING).record, given('a'));
    expect(states(next)).toEqual(['a sending']);
    expect(next.effects).toEqual(['send']);
    expect(next.events).toContainEqual({ type: 'message', role: 'user', message: 'a', messageId: 'a' });
  });

  it('waits for the one before it', () => {
    const two = play(after(...RUNNING).record, [given('a'), given('b')]);
    expect(states(two)).toEqual(['a sending', 'b waiting']);
    expect(two.effects).toEqual([]);
    const next = step(two.record, sent('a'));
    expect(states(next)).toEqual(['a delivered', 'b sending']);
    expect(next.effects).toEqual(['send']);
    expect(next.events).toContainEqual({ type: 'receipt', messageId: 'a', receipt: { state: 'delivered' } });
  });

  it('is one message, however often it is posted', () => {
    const twice = play(after(...RUNNING).record, [given('a'), sent('a'), given('a')]);
    expect(states(twice)).toEqual(['a delivered']);
    expect(twice.events).toEqual([]);
  });

  it('leaves no text in the record once it is settled', () => {
    expect(JSON.stringify(after(...RUNNING, given('a', { text: 'whispered' }), sent('a')).record)).not.toContain(
      'whispered',
    );
  });

  it('is remembered for a while, and the oldest are forgotten', () => {
    const ids = Array.from({ length: 30 }, (_, index) => `m${String(index)}`);
    const { record } = after(...RUNNING, ...ids.flatMap((id) => [given(id), sent(id)]));
    expect(record.messages).toHaveLength(21);
    expect(record.messages?.at(-1)?.messageId).toBe('m29');
  });
});

describe('a message to work that cannot be reached yet', () => {
  it('is sent at the first sign of the work', () => {
    const waiting = after(...STARTED, given('a'));
    expect(states(waiting)).toEqual(['a waiting']);
    const next = step(waiting.record, contact);
    expect(states(next)).toEqual(['a sending']);
    expect(next.effects).toContain('send');
  });

  it('is rejected when the task ends before', () => {
    const ended = after(...STARTED, given('a'), succeeded);
    expect(states(ended)).toEqual(['a rejected']);
    expect(ended.events).toContainEqual(
      expect.objectContaining({
        type: 'receipt',
        receipt: { state: 'rejected', reason: expect.stringContaining('ended') },
      }),
    );
  });
});

describe('a message is rejected with the reason', () => {
  it.each([
    ['where the offer cannot be spoken to', play(newTask(), RUNNING), given('a'), 'cannot be spoken to'],
    ['of a question that is not open', after(...RUNNING, question), given('a', { requestId: 'x' }), 'asks q'],
    ['of a question where none is open', after(...RUNNING), given('a', { requestId: 'x' }), 'asks nothing'],
    ['once the task is being stopped', after(...RUNNING, cancelCommand()), given('a'), 'about to end'],
    ['once the task has ended', after(...RUNNING, succeeded), given('a'), 'ended'],
    [
      'where too much waits',
      after(...STARTED, given('b', { text: 'x'.repeat(60_000) })),
      given('a', { text: 'x'.repeat(9_000) }),
      'too much',
    ],
    [
      'where what waits takes more room than it has characters',
      after(...STARTED, given('b', { text: '\u0001'.repeat(10_000) })),
      given('a', { text: 'x'.repeat(9_000) }),
      'too much',
    ],
    [
      'where too many wait, however short',
      after(
        ...STARTED,
        ...Array.from({ length: 60 }, (_, id) => given(`${String(id)}${'x'.repeat(1000)}`, { text: '' })),
      ),
      given('a', { text: 'x'.repeat(2_000) }),
      'too much',
    ],
  ])('%s', (_name, { record }, message, words) => {
    const next = step(record, message);
    expect(next.record.messages?.at(-1)).toMatchObject({
      messageId: 'a',
      state: 'rejected',
      reason: expect.stringContaining(words),
    });
    expect(next.effects).toEqual([]);
  });
});

describe('an answer', () => {
  const asked = after(...RUNNING, question).record;

  it.each(['delivered', 'queued'] as const)('that is %s closes its question, and the work runs on', (state) => {
    const next = play(asked, [given('a', { requestId: 'q' }), sent('a', state)]);
    expect(next.record).toMatchObject({ status: 'running', inputRequests: [] });
    expect(next.events).toContainEqual({ type: 'input_received', requestId: 'q' });
  });

  it('that is rejected leaves the question open', () => {
    const next = play(asked, [
      given('a', { requestId: 'q' }),
      { type: 'sent', messageId: 'a', receipt: { state: 'rejected', reason: 'not like this' } },
    ]);
    expect(next.record).toMatchObject({ status: 'input_required', inputRequests: [{ requestId: 'q' }] });
  });

  it('to one of two questions leaves the other open', () => {
    const two = step(asked, { type: 'asked', request: { requestId: 'r', question: 'And?' } }).record;
    const next = play(two, [given('a', { requestId: 'q' }), sent('a')]);
    expect(next.record).toMatchObject({ status: 'input_required', inputRequests: [{ requestId: 'r' }] });
  });
});

describe('a second answer to one question', () => {
  const ASKED = [...RUNNING, question, given('a', { requestId: 'q' }), given('b', { requestId: 'q' }), given('c')];

  it('is rejected once the first has answered it, and the next message is sent', () => {
    const next = step(after(...ASKED).record, sent('a'));
    expect(states(next)).toEqual(['a delivered', 'b rejected', 'c sending']);
    expect(next.events).toContainEqual(expect.objectContaining({ type: 'receipt', messageId: 'b' }));
  });

  it('is sent where the first was refused', () => {
    const refused: Input = { type: 'sent', messageId: 'a', receipt: { state: 'rejected', reason: 'no' } };
    expect(states(step(after(...ASKED).record, refused))).toEqual(['a rejected', 'b sending', 'c waiting']);
  });

  it('is rejected when the work withdraws the question', () => {
    const next = step(after(...ASKED).record, { type: 'answered', requestId: 'q' });
    expect(states(next)).toEqual(['a sending', 'b rejected', 'c waiting']);
  });
});

describe('a message that was being sent when the process ended', () => {
  const sending = (send: 'at-most-once' | 'deduplicated'): TaskRecord =>
    play(speakable(send), [...RUNNING, given('a')]).record;

  it('is never sent again where a repetition could count twice', () => {
    const next = step(sending('at-most-once'), { type: 'recovered', sending: 'a' });
    expect(states(next)).toEqual(['a unknown']);
    expect(next.effects).not.toContain('send');
  });

  it('is sent again where the offer declares de-duplication', () => {
    const next = step(sending('deduplicated'), { type: 'recovered', sending: 'a' });
    expect(states(next)).toEqual(['a sending']);
    expect(next.effects).toContain('send');
  });

  it('is unknown where the task was being stopped when its process ended, for it may have been sent', () => {
    const stopping = step(sending('deduplicated'), cancelCommand()).record;
    const next = step(stopping, { type: 'recovered', sending: 'a' });
    expect(states(next)).toEqual(['a unknown']);
    expect(next.effects).not.toContain('send');
  });

  it('is unknown where the deadline passed before another process took the task up', () => {
    const next = step(sending('deduplicated'), { type: 'recovered', sending: 'a' }, T0 + 3600 * SECOND);
    expect(next.record.status).toBe('cancelling');
    expect(states(next)).toEqual(['a unknown']);
  });

  it('is unknown when the task ends before its receipt', () => {
    expect(states(step(sending('deduplicated'), succeeded))).toEqual(['a unknown']);
  });

  it('changes nothing by a receipt that comes late', () => {
    const ended = step(sending('at-most-once'), succeeded).record;
    expect(states(step(ended, sent('a')))).toEqual(['a unknown']);
  });
});
