import { describe, expect, it } from '@jest/globals';
import { DispatchError } from '@agent-dispatch/core/errors';
import { askForConsent } from './consent.js';

const consent = { digest: 'd', id: 'i', question: 'A rule asks.\nInstruction: "Go."' };
const asking = new DispatchError('AD_POLICY_CONFIRMATION', 'The policy asks.', { details: { consent } });
const saying = (answer: boolean, told: unknown[] = []) => ({
  confirm: async (message: string, options?: { default?: boolean }) => (told.push([message, options]), answer),
});

describe('a rule that asks', () => {
  it('is answered by the person, who says yes only in so many words', async () => {
    const told: unknown[] = [];
    expect(await askForConsent(asking, saying(true, told))).toEqual({ digest: 'd', id: 'i' });
    expect(told).toEqual([['Start this task?', { default: false }]]);
  });

  it('refuses where the person says no, and where nobody is there', async () => {
    await expect(askForConsent(asking, saying(false))).rejects.toMatchObject({
      code: 'AD_POLICY_CONFIRMATION',
      hint: 'Nothing was started.',
    });
    await expect(askForConsent(asking)).rejects.toBe(asking);
  });

  it('leaves every other error alone', async () => {
    const other = new DispatchError('AD_POLICY_DENIED', 'no', { details: { consent } });
    await expect(askForConsent(other, saying(true))).rejects.toBe(other);
    await expect(askForConsent(new TypeError('x'), saying(true))).rejects.toThrow(TypeError);
  });
});
