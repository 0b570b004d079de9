import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { OPERATIONS, type CallOptions, type ControlPlane, type Operation } from '@agent-dispatch/core';
import { onBehalfOf } from './on-behalf-of.js';

/** Answers each call with what it was called with. */
const echo = Object.fromEntries(
  OPERATIONS.map((name) => [name, async (input: unknown, options?: CallOptions) => ({ name, input, options })]),
) as unknown as ControlPlane;

const called = (plane: ControlPlane, name: Operation, options?: CallOptions) =>
  (plane[name] as (input: unknown, options?: CallOptions) => Promise<unknown>)({ task_id: 't' }, options) as Promise<{
    name: string;
    input: unknown;
    options: CallOptions;
  }>;

describe.each(OPERATIONS)('%s on behalf of a subject', (name) => {
  const stop = new AbortController();
  const plane = onBehalfOf(echo, { subject: 'alice', stop: stop.signal });

  it('is called in its name, whatever else is said of the caller', async () => {
    const caller = { subject: 'mallory', client: { name: 'c' }, callId: '1' };
    const { options, ...rest } = await called(plane, name, { caller });
    expect(rest).toEqual({ name, input: { task_id: 't' } });
    expect(options.caller).toEqual({ ...caller, subject: 'alice' });
    expect((await called(plane, name)).options.caller).toEqual({ subject: 'alice' });
  });
});

describe('the signal of a call on behalf of a subject', () => {
  it.each(['own', 'stop'] as const)('aborts with its %s signal', async (which) => {
    const [own, stop] = [new AbortController(), new AbortController()];
    const waiting = {
      wait: (_input: unknown, { signal }: CallOptions = {}) =>
        new Promise((resolve) => signal?.addEventListener('abort', () => resolve('aborted'))),
    } as unknown as ControlPlane;
    const plane = onBehalfOf(waiting, { subject: 'alice', stop: stop.signal });
    const waited = called(plane, 'wait', { signal: own.signal });
    (which === 'own' ? own : stop).abort();
    expect(await waited).toBe('aborted');
  });

  it('is let go of with the call', async () => {
    const [own, stop] = [new AbortController(), new AbortController()];
    const plane = onBehalfOf(echo, { subject: 'alice', stop: stop.signal });
    for (let call = 0; call < 20; call += 1) await called(plane, 'wait', { signal: own.signal });
    expect([stop, own].map(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([[], []]);
  });
});
