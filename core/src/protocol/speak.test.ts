import { describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import type { Channel, DriverContext, DriverEvent } from '../provider/index.js';
import type { ProtocolDriver } from './protocol-driver.js';
import { speak } from './speak.js';

const handle = { version: 1, data: {}, resources: [] };
const stop = new AbortController();
const context = { signal: stop.signal, redactor: { text: (text: string) => text } } as DriverContext;
const failing = (error: Error): Channel => ({ fetch: () => Promise.reject(error) });
const gone = new DispatchError('AD_PROVIDER_AGENT_FAILED', 'It is gone.', { details: { over: true } });

/** Asks, and asks again for as long as it is let. */
const patient: ProtocolDriver['start'] = async function* (channel, _handle, { signal }) {
  yield { type: 'attached' };
  while (!signal.aborted) await channel.fetch('/', { method: 'GET', signal }).catch(() => undefined);
};
/** Lets every error out. */
const strict: ProtocolDriver['start'] = async function* (channel, _handle, { signal }) {
  await channel.fetch('/', { method: 'GET', signal });
  yield { type: 'attached' };
};

async function heard(
  verb: 'start' | 'resume',
  follow: ProtocolDriver['start'],
  channel: Channel,
): Promise<DriverEvent[]> {
  const events: DriverEvent[] = [];
  const protocol = { start: follow, resume: follow };
  for await (const event of speak(verb, protocol, channel, handle, context)) events.push(event);
  return events;
}

describe('work whose agent is gone for good', () => {
  const end = {
    type: 'ended',
    outcome: 'failed',
    error: expect.objectContaining({ code: gone.code, message: 'It is gone.' }),
  };

  it.each(['start', 'resume'] as const)('has failed, however patiently %s asks', async (verb) => {
    expect(await heard(verb, patient, failing(gone))).toEqual([{ type: 'attached' }, end]);
    expect(await heard(verb, strict, failing(gone))).toEqual([end]);
  });
});

describe('any other failure of the channel', () => {
  it('is left to the protocol driver', async () => {
    const broken = new DispatchError('AD_PROVIDER_UNAVAILABLE', 'Not now.');
    await expect(heard('resume', strict, failing(broken))).rejects.toBe(broken);
    await expect(heard('resume', strict, failing(new Error('broken pipe')))).rejects.toThrow('broken pipe');
  });
});
