// One attempt as the host gives it to the driver: a context whose pauses are over at once, and what came of its events.
import type { Handle } from '@agent-dispatch/schemas';
import type { Clock, DriverContext, DriverEvent } from '../../../provider/index.js';

export const HANDLE: Handle = { version: 1, data: {}, resources: [] };

/** What is longer than a pause waits until the test lets it pass. */
const LONGEST_PAUSE_MS = 10_000;

export class HurriedClock implements Clock {
  readonly pauses: number[] = [];
  private time = 0;
  private readonly watches = new Set<() => void>();

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error('the sleep was called off'));
      if (signal?.aborted) return fail();
      signal?.addEventListener('abort', fail, { once: true });
      const wake = (): void => {
        this.time += ms;
        resolve();
      };
      if (ms > LONGEST_PAUSE_MS) return void this.watches.add(wake);
      this.pauses.push(ms);
      setImmediate(wake);
    });
  }

  /** Lets all time pass for which somebody waits. */
  passAll(): void {
    for (const wake of this.watches) wake();
    this.watches.clear();
  }
}

export function contextFor(more: Partial<DriverContext> = {}): DriverContext {
  return {
    installationId: 'inst-1',
    taskId: 'task_01jv4k5m6n7p8q9r0stvwxyz01',
    attempt: 1,
    account: { name: 'test', provider: 'test', settings: {} },
    deadline: 1_790_000_000_000,
    directory: '/nonexistent',
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'test',
      target: { mode: 'session', protocol: 'a2a' },
      input: { instruction: 'Say hello.' },
      limits: {},
      retry: {},
    },
    signal: new AbortController().signal,
    clock: new HurriedClock(),
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    redactor: { text: (text) => text.replaceAll('s3cret', '[redacted]') },
    environment: {},
    secrets: {},
    pace: async () => undefined,
    ...more,
  };
}

export async function collect(events: AsyncIterable<DriverEvent>): Promise<DriverEvent[]> {
  const all: DriverEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Without the places, which tests compare on their own. */
export const bare = (events: readonly DriverEvent[]): DriverEvent[] => events.map(({ cursor: _, ...event }) => event);

/** What the agent said, as output. */
export const logged = (events: readonly DriverEvent[]): string =>
  events.map((event) => (event.type === 'log' && event.stream === 'agent' ? event.text : '')).join('');

export const cursorOf = (events: readonly DriverEvent[]): string | undefined =>
  events.findLast(({ cursor }) => cursor !== undefined)?.cursor;
