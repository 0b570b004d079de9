// The real plugin as a host would call it, for tests of the fake alone.
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { DispatchError, isErrorCode } from '@agent-dispatch/core/errors';
import type {
  DirectDriver,
  DispatchRequest,
  DriverContext,
  DriverEvent,
  DriverWithCheck,
  DriverWithSweep,
  ErrorFactory,
  Handle,
  ProviderPlugin,
} from '@agent-dispatch/core/provider';
import { FAULTY_PROVIDER, type Fault, type FaultyCloud } from './index.js';

export type FaultyDriver = DirectDriver & DriverWithCheck & DriverWithSweep;

const ERRORS: ErrorFactory = {
  create: (code, message, more) => new DispatchError(isErrorCode(code) ? code : 'AD_PROVIDER_INTERNAL', message, more),
};

export async function freshDriver(name: string): Promise<FaultyDriver> {
  const { default: plugin } = (await import(pathToFileURL(`${FAULTY_PROVIDER}/plugin.mjs`).href)) as {
    default: ProviderPlugin;
  };
  const { drivers } = await plugin.create({ resolve: () => ERRORS });
  return drivers[name] as FaultyDriver;
}

let tasks = 0;

export const requestOf = (details: Record<string, unknown>): DispatchRequest => ({
  taskType: 'agent.run',
  capability: 'agent-runtime',
  account: 'cloud',
  target: { mode: 'runtime', protocol: 'stdio', details },
  input: { instruction: 'work' },
  limits: {},
  retry: {},
});

/** A context of a new task. */
export function contextAt(
  cloud: FaultyCloud,
  details: { faults?: Fault[] } & Record<string, unknown> = {},
  more: Partial<DriverContext> = {},
): DriverContext {
  return {
    installationId: 'inst1',
    taskId: `task_${String(++tasks)}`,
    attempt: 1,
    account: { name: 'cloud', provider: 'faulty', settings: { url: cloud.url } },
    deadline: Date.now() + 60_000,
    directory: '/nonexistent',
    request: requestOf(details),
    signal: new AbortController().signal,
    clock: { now: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }) },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    redactor: { text: (text) => text },
    environment: {},
    secrets: {},
    pace: async () => undefined,
    ...more,
  };
}

/** plan and provision. */
export async function prepared(driver: FaultyDriver, context: DriverContext): Promise<Handle> {
  const handle = driver.plan(context.request, context);
  await collect(driver.provision(handle, context));
  return handle;
}

export async function collect(events: AsyncIterable<DriverEvent>): Promise<DriverEvent[]> {
  const all: DriverEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Types of events, and what output and ends say. */
export const told = (events: readonly DriverEvent[]): string[] =>
  events.map((event) => {
    if (event.type === 'log') return event.text.trim();
    return event.type === 'ended' ? event.outcome : event.type;
  });
