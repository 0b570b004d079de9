import { describe, expect, it } from '@jest/globals';
import { OPERATIONS, type Operation } from '../control-plane.js';
import { canBeRepeated, repeatable, shortened } from './repeating.js';

const repeated = (input: object, callId?: string): Operation[] =>
  OPERATIONS.filter((operation) => canBeRepeated(operation, input, callId === undefined ? undefined : { callId }));

describe('a call under which the dispatcher goes away', () => {
  it('is made again when it changes nothing, or the same again', () => {
    const reading = ['explain', 'get', 'list', 'logs', 'result', 'wait', 'watch', 'cancel', 'runtimes', 'check'];
    expect(repeated({}).sort()).toEqual(reading.sort());
  });

  it('that starts a task is made again where a key or its client makes it the same task', () => {
    expect(repeated({ idempotency_key: 'k' })).toEqual(expect.arrayContaining(['spawn', 'dispatch']));
    expect(repeated({}, 'call-1')).toEqual(expect.arrayContaining(['spawn', 'dispatch']));
    expect(repeated({ idempotency_key: 'k' }, 'call-1')).not.toContain('gc');
  });

  it('that sends a message has an id by which it is sent once', () => {
    const input = repeatable('send', { task_id: 't', message: 'm' });
    expect(input).toEqual({ task_id: 't', message: 'm', message_id: expect.stringMatching(/^msg_/) });
    expect(canBeRepeated('send', input, undefined)).toBe(true);
    expect(repeatable('send', { message_id: 'own' })).toEqual({ message_id: 'own' });
  });

  it('waits no longer than it was to, in all', () => {
    expect(shortened('wait', { timeout_seconds: 45 }, 20_500)).toEqual({ timeout_seconds: 24 });
    expect(shortened('wait', { timeout_seconds: 5 }, 20_500)).toEqual({ timeout_seconds: 0 });
    expect(shortened('spawn', { timeout_seconds: 45, wait_seconds: 30 }, 20_000)).toEqual({
      timeout_seconds: 45,
      wait_seconds: 10,
    });
    expect(shortened('logs', { limit: 5 }, 20_500)).toEqual({ limit: 5 });
  });
});
