// Streams of AG-UI events as tests write them.
import type { AgUiEvent } from '../wire-event.js';

/** Each as one server-sent event. Anything may be sent, also what the protocol does not describe. */
export const sse = (...events: unknown[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

export const RUN = { threadId: 'thread', runId: 'run' };
export const started = (names = RUN): AgUiEvent => ({ type: 'RUN_STARTED', ...names });
export const finished = (more: object = {}, names = RUN): AgUiEvent => ({ type: 'RUN_FINISHED', ...names, ...more });

export const said = (messageId: string, ...deltas: string[]): AgUiEvent[] => [
  { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' },
  ...deltas.map((delta): AgUiEvent => ({ type: 'TEXT_MESSAGE_CONTENT', messageId, delta })),
  { type: 'TEXT_MESSAGE_END', messageId },
];
