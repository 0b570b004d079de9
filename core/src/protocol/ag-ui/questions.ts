// What an interrupted run waits for, as one question of the task. AG-UI wants all interrupts of a run answered at once, so
// several become one question whose answer has a part for each.
import type { Interrupt, ResumeEntry } from '@ag-ui/core';
import type { InputRequest } from '@agent-dispatch/schemas';
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import type { Message, Redactor } from '../../provider/index.js';
import type { AgUiLimits } from './limits.js';

/** Kept in the handle, where all of it must have room. */
export interface OpenQuestion {
  readonly request: InputRequest;
  readonly interrupts: readonly AskedInterrupt[];
}

interface AskedInterrupt {
  readonly id: string;
  /** Its answer is JSON. */
  readonly isJson: boolean;
  /** Epoch milliseconds: the agent's own text may be of any length. */
  readonly expiresAt?: number;
}

/** Interrupts of one run, at most. */
const MAX_INTERRUPTS = 16;

/**
 * @param run number of the run that was interrupted: agents may use an interrupt's id again in a later one.
 * Errors: AD_PROTOCOL_TOO_LARGE.
 */
export function questionAbout(
  interrupts: readonly Interrupt[],
  run: number,
  { limits, redactor }: { limits: Pick<AgUiLimits, 'questionBytes'>; redactor: Redactor },
): OpenQuestion {
  const [first, ...others] = interrupts;
  if (first === undefined || interrupts.length > MAX_INTERRUPTS) {
    throw new DispatchError('AD_PROTOCOL_TOO_LARGE', `The agent asks ${interrupts.length} questions at once.`);
  }
  const asked = others.length === 0 ? askedOnce(first, run) : askedTogether(interrupts, run);
  // What is in the handle is stored as it is.
  const request = redacted(fitted(asked, limits.questionBytes), redactor) as InputRequest;
  return { request, interrupts: interrupts.map(keptOf) };
}

function keptOf({ id, responseSchema, expiresAt }: Interrupt): AskedInterrupt {
  const end = Date.parse(expiresAt ?? '');
  return { id, isJson: responseSchema !== undefined, ...(!Number.isNaN(end) && { expiresAt: end }) };
}

/**
 * The answer in the protocol's form.
 * Errors: AD_INPUT_INVALID (caller) when the message does not answer the question, or comes too late.
 */
export function resumeEntries({ interrupts }: OpenQuestion, { text }: Message, now: number): ResumeEntry[] {
  const end = interrupts.map(({ expiresAt }) => expiresAt).find((expiresAt = Infinity) => expiresAt <= now);
  if (end !== undefined) throw unanswerable(`The question could be answered until ${new Date(end).toISOString()}.`);
  const [first, ...others] = interrupts;
  if (first !== undefined && others.length === 0) {
    return [{ interruptId: first.id, status: 'resolved', payload: first.isJson ? parse(text) : text }];
  }
  const parts = parse(text);
  const missing = interrupts.filter(({ id }) => !isRecord(parts) || !Object.hasOwn(parts, id));
  if (!isRecord(parts) || missing.length > 0) {
    const ids = missing.map(({ id }) => id).join(', ');
    throw unanswerable(`The answer must be a JSON object with a part for each question; missing: ${ids}.`);
  }
  return interrupts.map(({ id }) => ({ interruptId: id, status: 'resolved', payload: parts[id] }));
}

const textOf = ({ message, reason }: Interrupt): string => message ?? reason;

const askedOnce = (interrupt: Interrupt, run: number): InputRequest => ({
  requestId: `${run}/${interrupt.id}`,
  question: textOf(interrupt),
  ...(interrupt.responseSchema && { schema: interrupt.responseSchema }),
});

const askedTogether = (interrupts: readonly Interrupt[], run: number): InputRequest => ({
  requestId: String(run),
  question: interrupts.map((interrupt) => `${interrupt.id}: ${textOf(interrupt)}`).join('\n'),
  schema: {
    type: 'object',
    required: interrupts.map(({ id }) => id),
    properties: Object.fromEntries(
      interrupts.map(({ id, responseSchema }) => [id, responseSchema ?? { type: 'string' }]),
    ),
  },
});

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The schema goes first: the question alone may still be understood. */
function fitted(request: InputRequest, maxBytes: number): InputRequest {
  if (bytesOf(request) <= maxBytes) return request;
  const { requestId, schema } = request;
  const note = schema ? '\n[answer with JSON; its schema is too large to be shown]' : '\n[cut]';
  const room = Math.floor(maxBytes / 6) - requestId.length - note.length;
  return { requestId, question: request.question.slice(0, Math.max(0, room)) + note };
}

function redacted(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (Array.isArray(value)) return value.map((inner) => redacted(inner, redactor));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redacted(inner, redactor)]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unanswerable('The answer must be JSON, as the schema of the question says.');
  }
}

const unanswerable = (message: string): DispatchError => new DispatchError('AD_INPUT_INVALID', message);
