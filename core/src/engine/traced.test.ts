import { describe, expect, it } from '@jest/globals';
import type { Channel, ChannelRequest } from '../provider/index.js';
import { traced } from './traced.js';

const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'v=1' };
const request: ChannelRequest = {
  method: 'POST',
  headers: { accept: 'x', tracestate: 'own=1' },
  body: 'b',
  signal: new AbortController().signal,
};

function recording(): { channel: Channel; sent: unknown[] } {
  const sent: unknown[] = [];
  const fetch: Channel['fetch'] = async (...args) => (sent.push(args), new Response('ok'));
  return { channel: { answerSeconds: 5, ownSecrets: ['A'], fetch }, sent };
}

describe('a channel', () => {
  it('of a task with a trace sends it with every request, under what the request itself says', async () => {
    const { channel, sent } = recording();
    const own = traced(channel, trace);
    expect(await (await own.fetch('/invocations', request)).text()).toBe('ok');
    const headers = { accept: 'x', traceparent: trace.traceparent, tracestate: 'own=1' };
    expect(sent).toEqual([['/invocations', { ...request, headers }]]);
    expect([own.answerSeconds, own.ownSecrets]).toEqual([5, ['A']]);
  });

  it('of a task without is the one that its driver gave', () => {
    const { channel } = recording();
    expect(traced(channel, undefined)).toBe(channel);
  });
});
