// What a driver yields, checked before it is believed: a malformed event must not reach the record.
import { validate, type Handle, type TaskEvent } from '@agent-dispatch/schemas';
import { isRecord } from '../config/record.js';
import { DispatchError } from '../errors/index.js';
import type { DriverEvent, Receipt, Redactor } from '../provider/index.js';

/** A verb that yields events. */
export type StreamingVerb = 'provision' | 'start' | 'resume';

const MAX_HANDLE_BYTES = 64 * 1024;
/** A question is part of the record. Bytes of JSON. */
const MAX_REQUEST_BYTES = 16 * 1024;
/** Progress and reasons are shown with every look at a task. Characters. */
const MAX_LINE = 2000;

const STREAMS: ReadonlySet<unknown> = new Set(['stdout', 'stderr', 'agent', 'system']);
const OUTCOMES: ReadonlySet<unknown> = new Set(['succeeded', 'failed', 'cancelled']);
/** What cannot be said while a target is only made ready, and what only `resume` may say. */
const ABOUT_WORK: ReadonlySet<unknown> = new Set([
  'attached',
  'ended',
  'not_started',
  'unknown',
  'input_required',
  'input_received',
]);

type Event<Type extends DriverEvent['type']> = Extract<DriverEvent, { type: Type }>;
type Checks = { [Type in DriverEvent['type']]: (event: Event<Type>) => boolean };

const isText = (value: unknown): value is string => typeof value === 'string';
const optional = (value: unknown, check: (value: unknown) => boolean): boolean => value === undefined || check(value);
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
/** Whether it can be recorded as it is. */
const isRecordable = (event: Omit<TaskEvent, 'seq' | 'at'>): boolean =>
  validate('TaskEvent', { seq: 1, at: 0, ...event }).length === 0;

const CHECKS: Checks = {
  handle: ({ handle }) => isHandle(handle),
  log: ({ stream, text, at }) => isText(text) && STREAMS.has(stream) && optional(at, isTime),
  progress: ({ message, fraction }) => isRecordable({ type: 'progress', message, fraction }),
  message: ({ text }) => isText(text),
  input_required: ({ request }) =>
    isRecord(request) &&
    isRecordable({ type: 'input_required', inputRequest: request }) &&
    bytesOf(request) <= MAX_REQUEST_BYTES,
  input_received: ({ requestId }) => isText(requestId),
  artifact: ({ artifact }) =>
    isRecord(artifact) &&
    isText(artifact.name) &&
    artifact.name.length > 0 &&
    artifact.name.length <= 1024 &&
    optional(artifact.mediaType, isText) &&
    isContent(artifact.content),
  handoff: ({ handoff }) => validate('Handoff', handoff).length === 0,
  gap: ({ from, to }) => isRecordable({ type: 'gap', gapFrom: from, gapTo: to }),
  attached: () => true,
  ended: ({ outcome, exitCode, result, error }) =>
    OUTCOMES.has(outcome) &&
    optional(exitCode, Number.isSafeInteger) &&
    optional(result, isResult) &&
    optional(error, isError),
  not_started: ({ proof }) => isText(proof),
  unknown: ({ reason }) => isText(reason),
};

/** A handle that can be stored. */
export function isHandle(handle: unknown): handle is Handle {
  if (!isRecord(handle)) return false;
  const { version, data, resources, conversation, ...more } = handle as Partial<Handle>;
  return (
    Number.isSafeInteger(version) &&
    Number(version) > 0 &&
    isRecord(data) &&
    optional(conversation, isRecord) &&
    Object.keys(more).length === 0 &&
    resources !== undefined &&
    isRecordable({ type: 'resources', resources }) &&
    bytesOf(handle) <= MAX_HANDLE_BYTES
  );
}

/** The event, its lines cut to what a record holds. Errors: AD_PLUGIN_CONTRACT. */
export function checkedEvent(event: unknown, verb: StreamingVerb): DriverEvent {
  if (!isRecord(event) || !Object.hasOwn(CHECKS, String(event['type'])) || !optional(event['cursor'], isText)) {
    throw broken(verb, event);
  }
  const known = event as unknown as DriverEvent;
  const misplaced =
    (verb === 'provision' && ABOUT_WORK.has(known.type)) || (verb === 'start' && known.type === 'not_started');
  const check = CHECKS[known.type] as (event: DriverEvent) => boolean;
  if (misplaced || !check(known)) throw broken(verb, event);
  return cut(known);
}

/** What `send` answered, its reason cut and redacted. Errors: AD_PLUGIN_CONTRACT; the message may have had its effect. */
export function checkedReceipt(receipt: unknown, redactor: Redactor): Receipt {
  if (!isReceipt(receipt)) {
    const details = { ambiguous: true };
    throw new DispatchError('AD_PLUGIN_CONTRACT', 'send answered with a malformed receipt', { details });
  }
  if (receipt.state === 'rejected' || receipt.state === 'unknown')
    return { state: receipt.state, reason: redactor.text(receipt.reason).slice(0, MAX_LINE) };
  return { state: receipt.state };
}

function isReceipt(receipt: unknown): receipt is Receipt {
  if (!isRecord(receipt)) return false;
  const { state, reason } = receipt;
  return (
    state === 'delivered' || state === 'queued' || ((state === 'rejected' || state === 'unknown') && isText(reason))
  );
}

function broken(verb: StreamingVerb, event: unknown): DispatchError {
  const type = isRecord(event) && isText(event['type']) ? event['type'].slice(0, 40) : typeof event;
  return new DispatchError('AD_PLUGIN_CONTRACT', `${verb} yielded a malformed or misplaced event (${type})`);
}

function cut(event: DriverEvent): DriverEvent {
  switch (event.type) {
    case 'progress':
      return { ...event, message: event.message?.slice(0, MAX_LINE) };
    case 'unknown':
      return { ...event, reason: event.reason.slice(0, MAX_LINE) };
    case 'not_started':
      return { ...event, proof: event.proof.slice(0, MAX_LINE) };
    default:
      return event;
  }
}

/** What `Date` can show. */
const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && Math.abs(Number(value)) <= 8.64e15;

const isContent = (value: unknown): boolean =>
  isRecord(value) && (isText(value['file']) || isText(value['text']) || isText(value['base64']));

const isResult = (value: unknown): boolean =>
  isRecord(value) &&
  (isText(value['file']) || isText(value['text']) || value['json'] !== undefined) &&
  optional(value['mediaType'], isText) &&
  optional(value['passing'], (passing) => typeof passing === 'boolean');

const isError = (value: unknown): boolean =>
  isRecord(value) && isText(value['code']) && isText(value['message']) && optional(value['details'], isRecord);
