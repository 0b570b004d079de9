import { describe, expect, it } from '@jest/globals';
import type { Interrupt } from '@ag-ui/core';
import { LIMITS } from './limits.js';
import { type OpenQuestion, questionAbout, resumeEntries } from './questions.js';

const redactor = { text: (text: string): string => text.replaceAll('s3cret', '[redacted]') };
const about = (...interrupts: Interrupt[]): OpenQuestion => questionAbout(interrupts, 2, { limits: LIMITS, redactor });
const answer = (question: OpenQuestion, text: string, now = 0): unknown =>
  resumeEntries(question, { id: 'm', text }, now);
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'AD_INPUT_INVALID', message: expect.stringMatching(message) });

const plain: Interrupt = { id: 'name', reason: 'input_required', message: 'Your name?' };
const shaped: Interrupt = { id: 'pay', reason: 'approval', responseSchema: { type: 'object', required: ['ok'] } };

describe('one interrupt', () => {
  it('is a question under an id of its own, answered by text', () => {
    expect(about(plain).request).toEqual({ requestId: '2/name', question: 'Your name?' });
    expect(answer(about(plain), '{"a":1}')).toEqual([{ interruptId: 'name', status: 'resolved', payload: '{"a":1}' }]);
  });

  it('with a schema is answered by JSON', () => {
    expect(about(shaped).request).toEqual({ requestId: '2/pay', question: 'approval', schema: shaped.responseSchema });
    expect(answer(about(shaped), '{"ok":true}')).toEqual([
      { interruptId: 'pay', status: 'resolved', payload: { ok: true } },
    ]);
    expect(() => answer(about(shaped), 'yes')).toThrow(invalid(/must be JSON/));
  });

  it('that has expired takes no answer', () => {
    const question = about({ ...plain, expiresAt: '2030-01-01T00:00:00Z' });
    const expiry = Date.UTC(2030, 0, 1);
    expect(answer(question, 'x', expiry - 1)).toHaveLength(1);
    expect(() => answer(question, 'x', expiry)).toThrow(invalid(/until 2030/));
  });

  it('that says no time which can be read does not expire', () => {
    expect(answer(about({ ...plain, expiresAt: 'soon' }), 'x', 1)).toHaveLength(1);
  });
});

describe('several interrupts', () => {
  it('are one question, whose answer has a part for each', () => {
    const question = about(plain, shaped);
    expect(question.request).toEqual({
      requestId: '2',
      question: 'name: Your name?\npay: approval',
      schema: {
        type: 'object',
        required: ['name', 'pay'],
        properties: { name: { type: 'string' }, pay: shaped.responseSchema },
      },
    });
    expect(answer(question, '{"pay":{"ok":true},"name":"Ann"}')).toEqual([
      { interruptId: 'name', status: 'resolved', payload: 'Ann' },
      { interruptId: 'pay', status: 'resolved', payload: { ok: true } },
    ]);
    expect(() => answer(question, '{"name":"Ann"}')).toThrow(invalid(/missing: pay/));
    expect(() => answer(question, '["Ann"]')).toThrow(invalid(/missing: name, pay/));
    expect(() => answer(question, 'Ann')).toThrow(invalid(/must be JSON/));
  });

  it('of more than sixteen are too many', () => {
    const many = Array.from({ length: 17 }, (_, index) => ({ ...plain, id: `i${index}` }));
    expect(() => about(...many)).toThrow(expect.objectContaining({ code: 'AD_PROTOCOL_TOO_LARGE' }));
  });
});

it('what is too large is cut, the schema first', () => {
  const question = about({ ...shaped, message: 'Pay?', responseSchema: { description: 'x'.repeat(50_000) } });
  expect(question.request).toEqual({
    requestId: '2/pay',
    question: expect.stringMatching(/^Pay\?\n\[answer with JSON/),
  });
  const long = about({ ...plain, message: '🌍'.repeat(50_000) });
  expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThan(LIMITS.questionBytes);
  expect(long.request.question).toMatch(/\[cut\]$/);
});

it('of an expiry in many words only the time is kept', () => {
  const question = about({ ...plain, expiresAt: `2030-01-01 00:00 UTC (${'x'.repeat(100_000)})` });
  expect(Buffer.byteLength(JSON.stringify(question))).toBeLessThan(LIMITS.questionBytes);
  expect(() => answer(question, 'x', Date.UTC(2030, 0, 2))).toThrow(invalid(/until 2030-01-01/));
});

it('what looks like a secret is not kept', () => {
  const question = about({ ...shaped, message: 'Is s3cret right?', responseSchema: { enum: ['s3cret'] } });
  expect(JSON.stringify(question)).not.toContain('s3cret');
});
