// A policy rule that asks: shows the person what would be started and passes the answer on. Without a person, or with
// another answer than yes, the refusal stands.
import type { Consent } from '@agent-dispatch/core';
import { DispatchError, isDispatchError } from '@agent-dispatch/core/errors';
import { printNotice } from '../output/print.js';
import { oneLine } from '../output/terminal-text.js';
import type { Prompter } from './prompter.js';

/** Errors: the one given, unless it asks for consent and the person gives it. */
export async function askForConsent(error: unknown, prompter?: Pick<Prompter, 'confirm'>): Promise<Consent> {
  if (!isDispatchError(error) || error.code !== 'AD_POLICY_CONFIRMATION') throw error;
  const consent = error.details?.['consent'] as (Consent & { question: string }) | undefined;
  if (consent === undefined || prompter === undefined) throw error;
  const { digest, id, question } = consent;
  printNotice(question.split('\n').map(oneLine).join('\n'));
  if (!(await prompter.confirm('Start this task?', { default: false })))
    throw new DispatchError(error.code, 'You did not consent to this task.', { hint: 'Nothing was started.' });
  return { digest, id };
}
