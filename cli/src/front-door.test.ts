import { describe, expect, it } from '@jest/globals';
import { caller } from './front-door.js';

const client = { name: 'agentdispatch', version: expect.any(String) as unknown };

describe('caller', () => {
  it('is the program, within the trace that its environment holds', () => {
    expect(caller({ TRACEPARENT: '00-a-b-01', TRACESTATE: 'v=1' })).toEqual({
      client,
      trace: { traceparent: '00-a-b-01', tracestate: 'v=1' },
    });
    expect(caller({ TRACEPARENT: '00-a-b-01' })).toEqual({ client, trace: { traceparent: '00-a-b-01' } });
  });

  it('without a trace is the program alone', () => {
    expect(caller({ TRACESTATE: 'v=1' })).toEqual({ client });
  });
});
