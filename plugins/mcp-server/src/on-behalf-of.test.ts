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
    const plane = onBehalfOf(echo, { subject: 'alice', stop: stop.signal });
    const { options } = await called(plane, 'wait', { signal: own.signal });
    expect(options.signal?.aborted).toBe(false);
    (which === 'own' ? own : stop).abort();
    expect(options.signal?.aborted).toBe(true);
  });
});
