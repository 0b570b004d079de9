import { describe, expect, it } from '@jest/globals';
import { callerOf } from './caller.js';

const announced = { name: 'legacy-client', version: '1' };

describe('callerOf', () => {
  it('prefers what the request says over what the connection said', () => {
    const envelope = { 'io.modelcontextprotocol/clientInfo': { name: 'modern-client', version: '2' } } as const;
    expect(callerOf({ envelope }, announced)).toEqual({ client: { name: 'modern-client', version: '2' } });
    expect(callerOf({}, announced)).toEqual({ client: announced });
    expect(callerOf({}, undefined)).toEqual({});
  });

  it.each([
    ['a tool use id', { 'claudecode/toolUseId': 'toolu_1' }, 'claudecode:toolu_1'],
    ['a call id within its thread', { callId: 'call_1', threadId: 'th_1' }, 'thread:th_1:call_1'],
    ['no call id without its thread', { callId: 'call_1' }, undefined],
    ['nothing that is no text', { 'claudecode/toolUseId': 7, callId: {}, threadId: 'x' }, undefined],
    ['nothing longer than an idempotency key may be', { 'claudecode/toolUseId': 'x'.repeat(250) }, undefined],
    ['no progress token', { progressToken: 4 }, undefined],
  ])('takes %s from the metadata', (_what, meta, callId) => {
    expect(callerOf({ _meta: meta }, undefined).callId).toBe(callId);
  });
});
