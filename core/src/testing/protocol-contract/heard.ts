// What a driver's events say, read as a test wants to compare it.
import assert from 'node:assert/strict';
import type { DriverEvent } from '../../provider/index.js';

export type EndedEvent = Extract<DriverEvent, { type: 'ended' }>;

/** Output and messages, in order. What the host itself notes is not the agent's. */
export const saidIn = (events: readonly DriverEvent[]): string =>
  events
    .map((event) => {
      if (event.type === 'message') return event.text;
      return event.type === 'log' && event.stream !== 'system' ? event.text : '';
    })
    .join('');

/** No chunk is part of another, and none of another text. */
export const chunk = (number: number): string => `<chunk ${number}>\n`;

/** The chunks from the first to this one, each once and in order. */
export function assertSaidOnce(said: string, last: number, first = 1): void {
  const heard = [...said.matchAll(/<chunk (\d+)>/g)].map(([, number]) => Number(number));
  const wanted = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  assert.deepEqual(heard, wanted);
}

/** Text results as they are; an agent that gives JSON gives the text in it. */
export function resultText({ result }: EndedEvent): string | undefined {
  if (result === undefined || 'file' in result) return undefined;
  if ('text' in result) return result.text;
  return typeof result.json === 'string' ? result.json : JSON.stringify(result.json);
}
