// A call that starts a task, with the help of the person at the client: what is missing is asked for, and so is the
// consent that a policy rule wants. Nothing is started before the last answer; without answers the call comes back as
// it would without a person. Pure but for the call itself: how a question travels is the matter of elicitation.ts.
import type { Consent } from '@agent-dispatch/core';
import { DispatchError, isDispatchError } from '@agent-dispatch/core/errors';
import type { Clarification } from '@agent-dispatch/schemas';
import { setAt } from '@agent-dispatch/schemas/json-pointer';
import type { ElicitRequestFormParams, ElicitResult } from '@modelcontextprotocol/server';

/** Each answer may show that something else is missing; a person is not asked for ever. */
const MAX_QUESTIONS = 5;

/** What is known between a question and its answer. It may pass through the client, signed. */
export interface Asked {
  /** Questions so far. */
  count: number;
  /** Where the arguments were completed, and with what. */
  answers: [pointer: string, value: unknown][];
  /** Fields of the form under way -> pointers. Absent where it asks for consent. */
  fields?: Record<string, string>;
  /** To what the form under way asks consent. */
  consent?: Consent;
}

export type Step = { answer: object } | { form: ElicitRequestFormParams; asked: Asked };

/** Carries out the call with completed arguments. Errors: those of the control plane. */
export type Run = (input: Record<string, unknown>, consent?: Consent) => Promise<object>;

export interface AskedCall {
  input: Record<string, unknown>;
  run: Run;
  /** Absent in the first step. */
  before?: { asked: Asked; reply: ElicitResult };
}

/** One step: ends the call, or says what to ask first. Errors: those of the call. */
export async function step({ input, run, before }: AskedCall): Promise<Step> {
  const { asked, reply } = before ?? { asked: { count: 0, answers: [] }, reply: { action: 'accept' } };
  const content = reply.action === 'accept' ? (reply.content ?? {}) : {};
  if (asked.consent !== undefined && content['start'] !== true) throw declined(reply);
  const answers = [...asked.answers, ...answersIn(content, asked.fields)];
  const goesOn = reply.action === 'accept' && asked.count < MAX_QUESTIONS;
  const next = { count: asked.count + 1, answers };
  try {
    const answer = await run(completed(input, answers), asked.consent);
    return goesOn && isClarification(answer) ? askForMissing(answer, next) : { answer };
  } catch (error) {
    const needed = consentIn(error);
    if (needed === undefined) throw error;
    if (goesOn) return askForConsent(needed, next);
    throw withoutConsent(error as DispatchError);
  }
}

/** The call as it is where nobody can be asked. */
export async function alone(input: Record<string, unknown>, run: Run): Promise<object> {
  try {
    return await run(input);
  } catch (error) {
    throw consentIn(error) === undefined ? error : withoutConsent(error as DispatchError);
  }
}

function completed(input: Record<string, unknown>, answers: Asked['answers']): Record<string, unknown> {
  const copy = structuredClone(input);
  for (const [pointer, value] of answers) setAt(copy, pointer, value);
  return copy;
}

function answersIn(content: Record<string, unknown>, fields: Asked['fields'] = {}): Asked['answers'] {
  return Object.entries(fields).flatMap(([field, pointer]): Asked['answers'] => {
    const value = Object.hasOwn(content, field) ? content[field] : undefined;
    return value === undefined || value === '' ? [] : [[pointer, value]];
  });
}

const isClarification = (answer: object): answer is Clarification =>
  'status' in answer && answer.status === 'needs_clarification';

type Properties = ElicitRequestFormParams['requestedSchema']['properties'];

function askForMissing({ questions }: Clarification, asked: Asked): Step {
  const fields: Record<string, string> = {};
  const properties: Properties = {};
  for (const { id, pointer, question, choices } of questions) {
    // Some clients show the name of a field, and some take only plain ones.
    const field =
      /^[A-Za-z]\w{0,63}$/.test(id) && !Object.hasOwn(fields, id)
        ? id
        : `field_${String(Object.keys(fields).length + 1)}`;
    fields[field] = pointer;
    properties[field] = { type: 'string', title: id, description: question, ...(choices && { enum: choices }) };
  }
  const requestedSchema = { type: 'object' as const, properties, required: Object.keys(fields) };
  const message = 'AgentDispatch needs to know more before it starts this task.';
  return { form: { mode: 'form', message, requestedSchema }, asked: { ...asked, fields } };
}

interface ConsentNeeded extends Consent {
  question: string;
}

function askForConsent({ question, digest, id }: ConsentNeeded, asked: Asked): Step {
  const start = {
    type: 'boolean' as const,
    title: 'Start this task',
    description: 'Yes starts it; anything else does not.',
  };
  const requestedSchema = { type: 'object' as const, properties: { start }, required: ['start'] };
  return { form: { mode: 'form', message: question, requestedSchema }, asked: { ...asked, consent: { digest, id } } };
}

function consentIn(error: unknown): ConsentNeeded | undefined {
  if (!isDispatchError(error) || error.code !== 'AD_POLICY_CONFIRMATION') return undefined;
  return error.details?.['consent'] as ConsentNeeded | undefined;
}

/** What the model is told: without what only a person is to see. */
function withoutConsent({ code, message, hint, details }: DispatchError): DispatchError {
  const { rule, reason } = details ?? {};
  return new DispatchError(code, message, { hint, details: { rule, reason } });
}

/** Nothing is tried for it: what was refused a moment ago might be allowed by now. */
function declined({ action }: ElicitResult): DispatchError {
  const noAnswer = action === 'cancel';
  return new DispatchError(
    'AD_POLICY_CONFIRMATION',
    noAnswer
      ? 'The policy wants a person to consent to this task, and the client brought no answer.'
      : 'The policy wants a person to consent to this task, and that was declined.',
    noAnswer
      ? {}
      : { hint: 'Nothing was started. Do not try it in another way; ask the person what they want instead.' },
  );
}
