// One event of an AG-UI stream, checked as far as it is used here. What the protocol does not describe is nobody's error; a
// value that it describes and that is wrong ends the task: the rules of AG-UI 1.0. Written by hand because the validators of
// @ag-ui/core take 50 ms to load.
import type { Event, EventType, Interrupt } from '@ag-ui/core';
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';
import { fits } from './fits.js';

type Wire<E> = E extends { type: infer Type extends string } ? Omit<E, 'type'> & { type: `${Type}` } : never;

/** An event by its name as it stands in the stream. */
export type AgUiEvent = Wire<Event>;
export type AgUiEventOf<Name extends AgUiEvent['type']> = Extract<AgUiEvent, { type: Name }>;

/** What a message of the stream is: an event, or one of a type that this version does not know. */
export type Reading = { event: AgUiEvent } | { unknownType: string };

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string';
/** Ids are held while what they name is open. */
const isId: Check = (value) => typeof value === 'string' && value.length <= 1000;
const isAnything: Check = (value) => value !== undefined;
/** Absent, or null as producers before 1.0 send it. */
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isShaped =
  (shape: Shape): Check =>
  (value) =>
    isRecord(value) && Object.entries(shape).every(([name, check]) => check(value[name]));

const attributed = { subagentRunId: maybe(isId) };

const isContent: Check = (value) => isText(value) || Array.isArray(value);
const isInterrupt = isShaped({
  id: isId,
  reason: isText,
  message: maybe(isText),
  responseSchema: maybe(isRecord),
  expiresAt: maybe(isText),
} satisfies Partial<Record<keyof Interrupt, Check>>);
const isOutcome: Check = (value) =>
  isShaped({ type: isText })(value) &&
  ((value as { type: string }).type !== 'interrupt' ||
    isShaped({ interrupts: (list) => isListOf(isInterrupt)(list) && (list as unknown[]).length > 0 })(value));
const isPatch = isListOf(isShaped({ op: isText, path: isText, from: maybe(isText) }));
const isMessage = isShaped({ id: isId, role: isText, ...attributed });

const called = { parentMessageId: maybe(isId), ...attributed };
const run = { threadId: isId, runId: isId };
const message = { messageId: isId };
const fragment = { messageId: isId, delta: isText };
const activity = { messageId: isId, activityType: isText };
const chunk = { messageId: maybe(isId), delta: maybe(isText) };

const SHAPES: Readonly<Record<`${EventType}`, Shape>> = {
  RUN_STARTED: run,
  RUN_FINISHED: { ...run, outcome: maybe(isOutcome) },
  RUN_ERROR: { message: isText, code: maybe(isText) },
  STEP_STARTED: { stepName: isText },
  STEP_FINISHED: { stepName: isText },
  TEXT_MESSAGE_START: { ...message, ...attributed, role: maybe(isText), name: maybe(isText) },
  TEXT_MESSAGE_CONTENT: fragment,
  TEXT_MESSAGE_END: message,
  TEXT_MESSAGE_CHUNK: { ...chunk, ...attributed, role: maybe(isText), name: maybe(isText) },
  TOOL_CALL_START: { toolCallId: isId, toolCallName: isText, ...called },
  TOOL_CALL_ARGS: { toolCallId: isId, delta: isText },
  TOOL_CALL_END: { toolCallId: isId },
  TOOL_CALL_CHUNK: { toolCallId: maybe(isId), toolCallName: maybe(isText), delta: maybe(isText), ...called },
  TOOL_CALL_RESULT: { ...message, toolCallId: isId, content: isContent },
  STATE_SNAPSHOT: { snapshot: isAnything },
  STATE_DELTA: { delta: isPatch },
  MESSAGES_SNAPSHOT: { messages: isListOf(isMessage) },
  ACTIVITY_SNAPSHOT: { ...activity, content: isRecord },
  ACTIVITY_DELTA: { ...activity, patch: isPatch },
  RAW: { event: isAnything },
  CUSTOM: { name: isText, value: isAnything },
  REASONING_START: message,
  REASONING_MESSAGE_START: message,
  REASONING_MESSAGE_CONTENT: fragment,
  REASONING_MESSAGE_END: message,
  REASONING_MESSAGE_CHUNK: { ...chunk, ...attributed },
  REASONING_END: message,
  REASONING_ENCRYPTED_VALUE: {},
  SUBAGENT_STARTED: { subagentRunId: isId, name: isText },
  SUBAGENT_FINISHED: { subagentRunId: isId },
  SUBAGENT_ERROR: { subagentRunId: isId, message: isText },
};

/** Names before 1.0; their events carry no id, for there was one of each at a time. */
const FORMER_NAMES: Readonly<Record<string, AgUiEvent['type']>> = {
  THINKING_START: 'REASONING_START',
  THINKING_TEXT_MESSAGE_START: 'REASONING_MESSAGE_START',
  THINKING_TEXT_MESSAGE_CONTENT: 'REASONING_MESSAGE_CONTENT',
  THINKING_TEXT_MESSAGE_END: 'REASONING_MESSAGE_END',
  THINKING_END: 'REASONING_END',
};

/** Errors: AD_PROTOCOL_RESPONSE. */
export function readEvent(message: string): Reading {
  const value = currentName(parse(message));
  const { type } = value;
  if (!Object.hasOwn(SHAPES, type)) return { unknownType: type };
  const wrong = Object.entries(SHAPES[type as AgUiEvent['type']]).find(([name, check]) => !check(value[name]));
  if (wrong !== undefined) throw malformed(`an event ${type} without a proper ${wrong[0]}`);
  return { event: withoutNulls(value) as unknown as AgUiEvent };
}

/** An answer that cannot be followed any further. */
export const malformed = (what: string, cause?: unknown): DispatchError =>
  new DispatchError('AD_PROTOCOL_RESPONSE', `The agent sent ${what}.`, { cause });

type Typed = Record<string, unknown> & { type: string };

function parse(message: string): Typed {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch (cause) {
    throw malformed('an event that is not JSON', cause);
  }
  if (!isRecord(value) || typeof value['type'] !== 'string' || value['type'] === '') {
    throw malformed('an event without a type');
  }
  if (!fits(value, {})) throw malformed('an event that is nested too deeply');
  return value as Typed;
}

function currentName(value: Typed): Typed {
  const type = Object.hasOwn(FORMER_NAMES, value.type) ? FORMER_NAMES[value.type] : undefined;
  return type === undefined ? value : { messageId: 'thinking', ...value, type };
}

/** Null stands for nothing in all fields but those that carry any JSON. */
function withoutNulls(value: Typed): Typed {
  const carriers = new Set(['snapshot', 'value', 'event']);
  return Object.fromEntries(
    Object.entries(value).filter(([name, field]) => field !== null || carriers.has(name)),
  ) as Typed;
}
