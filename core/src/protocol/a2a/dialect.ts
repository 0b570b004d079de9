// The versions of A2A as they stand on the wire: what a call is named, how our messages are written, and how answers are read
// as the SDK's model of 1.0, whichever version they came in.
import { StreamResponse, Task } from '@a2a-js/sdk';
import {
  LEGACY_METHOD_MESSAGE_SEND,
  LEGACY_METHOD_MESSAGE_STREAM,
  LEGACY_METHOD_TASKS_CANCEL,
  LEGACY_METHOD_TASKS_GET,
  LEGACY_METHOD_TASKS_RESUBSCRIBE,
  legacyPushNotificationToV1StreamResponse,
} from '@a2a-js/sdk/compat/v0_3';
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';

type Json = Readonly<Record<string, unknown>>;
export type Version = '1.0' | '0.3';
export type Operation = 'send' | 'stream' | 'get' | 'subscribe' | 'cancel' | 'list';

/** A piece of a message of ours. */
export type OutgoingPart =
  { readonly text: string } | { readonly data: Json } | { readonly base64: string; readonly filename: string };

/** A message of ours. */
export interface Outgoing {
  readonly messageId: string;
  readonly contextId?: string;
  readonly taskId?: string;
  readonly parts: readonly OutgoingPart[];
  readonly metadata?: Json;
}

export interface Dialect {
  readonly version: Version;
  /** Without the one that this version has not. */
  readonly methods: Readonly<Partial<Record<Operation, string>>>;
  message(outgoing: Outgoing): Json;
  /** Asks for an answer before the work is over. */
  readonly immediately: Json;
  /** An event of a stream, or what a message was answered with. Events of kinds yet unknown have no payload. */
  event(result: unknown): StreamResponse;
  task(result: unknown): Task;
}

const current: Dialect = {
  version: '1.0',
  methods: {
    send: 'SendMessage',
    stream: 'SendStreamingMessage',
    get: 'GetTask',
    subscribe: 'SubscribeToTask',
    cancel: 'CancelTask',
    list: 'ListTasks',
  },
  message: ({ parts, ...message }) => ({
    ...message,
    role: 'ROLE_USER',
    parts: parts.map((part) => ('base64' in part ? { raw: part.base64, filename: part.filename } : part)),
  }),
  immediately: { returnImmediately: true },
  event: (result) => read(() => StreamResponse.fromJSON(result)),
  task: (result) => read(() => Task.fromJSON(result)),
};

const LEGACY_KINDS: ReadonlySet<unknown> = new Set(['task', 'message', 'status-update', 'artifact-update']);

const legacy: Dialect = {
  version: '0.3',
  methods: {
    send: LEGACY_METHOD_MESSAGE_SEND,
    stream: LEGACY_METHOD_MESSAGE_STREAM,
    get: LEGACY_METHOD_TASKS_GET,
    subscribe: LEGACY_METHOD_TASKS_RESUBSCRIBE,
    cancel: LEGACY_METHOD_TASKS_CANCEL,
  },
  message: ({ parts, ...message }) => ({
    ...message,
    kind: 'message',
    role: 'user',
    parts: parts.map((part) => {
      if ('text' in part) return { kind: 'text', ...part };
      if ('data' in part) return { kind: 'data', ...part };
      return { kind: 'file', file: { bytes: part.base64, name: part.filename } };
    }),
  }),
  immediately: { blocking: false },
  event: (result) =>
    read(() => {
      const isKnown = isRecord(result) && (result['kind'] === undefined || LEGACY_KINDS.has(result['kind']));
      // The one translator of this version's events that the SDK gives out; a push notification is such an event.
      return isKnown || !isRecord(result) ? legacyPushNotificationToV1StreamResponse(result) : { payload: undefined };
    }),
  task: (result) =>
    read(() => {
      const { payload } = legacyPushNotificationToV1StreamResponse({ ...(result as Json), kind: 'task' });
      if (payload?.$case !== 'task') throw new TypeError('it is no task');
      return payload.value;
    }),
};

export const DIALECTS: Readonly<Record<Version, Dialect>> = { '1.0': current, '0.3': legacy };

/** The SDK's readers throw whatever comes up in them. */
function read<Value>(decode: () => Value): Value {
  try {
    return decode();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 300) : String(cause);
    throw new DispatchError(
      'AD_PROTOCOL_RESPONSE',
      `The agent sent an event that is not of its protocol (${reason}).`,
      {
        cause,
      },
    );
  }
}
