// Events of AG-UI as they stand in the stream, and the stream's framing.
import type { Event } from '@ag-ui/core';

type Wire<E> = E extends { type: infer Type extends string } ? Omit<E, 'type'> & { type: `${Type}` } : never;

/** By its name. The enumeration of @ag-ui/core is the same at run time, and would have to be loaded. */
export type AgUiEvent = Wire<Event>;

/** The version of AG-UI that is spoken. */
export const PROTOCOL_VERSION = '1.0';

/** Names of the custom events in which a dispatcher is answered. */
export const CUSTOM = {
  /** Value: a WorkerEvent. */
  event: 'agentdispatch.event',
  /** Value: a WorkerAnswer. */
  answer: 'agentdispatch.answer',
  /** Value: a piece of an artifact, in base64. */
  bytes: 'agentdispatch.bytes',
  /** Value: null. Shows that the connection lives. */
  alive: 'agentdispatch.alive',
  /** Value: { stream, text }. What the agent's program says beside its output. */
  log: 'agentdispatch.log',
  /** Value: { from, to }. Output that was lost. */
  gap: 'agentdispatch.gap',
} as const;

export const asFrame = (event: AgUiEvent): string => `data: ${JSON.stringify(event)}\n\n`;

/** For those who do not know our own events. */
export const HEARTBEAT = ': alive\n\n';
