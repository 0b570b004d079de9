// A host for tests of this provider: a fresh private directory, a fresh plugin instance, contexts and requests in short words.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  ChannelDriver,
  DirectDriver,
  DispatchRequest,
  DriverContext,
  DriverEvent,
  DriverWithCheck,
  DriverWithSweep,
  EndedEvent,
  ErrorFactory,
  Handle,
  PluginHost,
} from '@agent-dispatch/core/provider';
import { attemptPaths, type AttemptPaths } from '../attempt/paths.js';
import plugin from '../index.js';

export type LocalDriver = DirectDriver & ChannelDriver & DriverWithCheck & DriverWithSweep;
type Input = DispatchRequest['input'];

export const TASK = 'task_01arz3ndektsv4rrffq69g5fav';

const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) => delay(ms, undefined, { signal }),
};
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

const errors: ErrorFactory = {
  create: (code, message, more) => Object.assign(new Error(message), { ...more, code }),
};
export const host: PluginHost = { resolve: () => errors };

export async function freshDriver(): Promise<LocalDriver> {
  const { drivers } = await plugin.create(host);
  return drivers.process as LocalDriver;
}

/** Everything of one test in one temporary directory. */
export class Bench {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'provider-local-')));
  /** Of its own: processes of tests that run at the same time are told apart by it. */
  readonly installationId = basename(this.root);
  readonly directory = join(this.root, 'private');
  readonly paths: AttemptPaths = attemptPaths(this.directory, `${TASK}-1`);
  #used: [LocalDriver, Handle, DriverContext][] = [];

  context(request: DispatchRequest, more: Partial<DriverContext> = {}): DriverContext {
    return {
      installationId: this.installationId,
      taskId: TASK,
      attempt: 1,
      account: { name: 'local', provider: 'local', settings: {} },
      deadline: Date.now() + 120_000,
      directory: this.directory,
      request,
      signal: new AbortController().signal,
      clock,
      logger,
      redactor: { text: (text) => text },
      environment: { PATH: process.env.PATH ?? '' },
      secrets: {},
      pace: async () => undefined,
      ...more,
    };
  }

  /** plan and provision; the handle as a host would have it stored. */
  async prepare(request: DispatchRequest, more: Partial<DriverContext> = {}) {
    const driver = await freshDriver();
    const context = this.context(request, more);
    let handle = driver.plan(request, context);
    this.#used.push([driver, handle, context]);
    for await (const event of driver.provision(handle, context)) {
      if (event.type === 'handle') handle = JSON.parse(JSON.stringify(event.handle)) as Handle;
    }
    return { driver, handle, context };
  }

  /** plan, provision and start, to the end. */
  async run(request: DispatchRequest, more: Partial<DriverContext> = {}) {
    const prepared = await this.prepare(request, more);
    const events = await collect(prepared.driver.start(prepared.handle, prepared.context));
    return { ...prepared, events, ended: endOf(events) };
  }

  /** A file in the work's own directory: lets a waiting program go on. */
  signalWork(name: string, directory = this.paths.work): void {
    writeFileSync(join(directory, name), '');
  }

  read(name: string, directory = this.paths.work): string {
    return readFileSync(join(directory, name), 'utf8');
  }

  async close(): Promise<void> {
    for (const [driver, handle, context] of this.#used) {
      await driver.cancel(handle, { ...context, signal: new AbortController().signal });
    }
    // A supervisor that found its claim taken may still be removing its draft.
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

const request = (taskType: 'agent.run' | 'command.run', input: Input, details: object): DispatchRequest => ({
  taskType,
  capability: 'agent-runtime',
  account: 'local',
  target: { mode: 'directory' in details ? 'session' : 'runtime', protocol: 'stdio', details: { ...details } },
  input,
  limits: {},
  retry: {},
});

export const command = (line: string | string[], input: Input = {}, details = {}): DispatchRequest =>
  request('command.run', { command: line, ...input }, details);

/** A line for the shell. `await_file name` waits until the test makes that file. */
export const shell = (line: string, input: Input = {}, details = {}): DispatchRequest =>
  command(`await_file() { until [ -e "$1" ]; do sleep 0.02; done; }; ${line}`, { shell: true, ...input }, details);

export const agent = (instruction: string, details: object, input: Input = {}): DispatchRequest =>
  request('agent.run', { instruction, ...input }, details);

/** Node with a script: programs that need more than a shell. */
export const node = (script: string, ...args: string[]): string[] => [process.execPath, '-e', script, ...args];

/** Takes events until the stream ends, or until one is the last that is wanted. */
export async function collect(
  events: AsyncIterable<DriverEvent>,
  isLast: (event: DriverEvent) => boolean = () => false,
): Promise<DriverEvent[]> {
  const seen: DriverEvent[] = [];
  for await (const event of events) {
    seen.push(event);
    if (isLast(event)) break;
  }
  return seen;
}

export const hasText = (text: string) => (event: DriverEvent) => event.type === 'log' && event.text.includes(text);

export const textOf = (events: readonly DriverEvent[], stream = 'stdout'): string =>
  events.map((event) => (event.type === 'log' && event.stream === stream ? event.text : '')).join('');

export function endOf(events: readonly DriverEvent[]): EndedEvent {
  const [end, ...more] = events.filter((event) => event.type === 'ended');
  if (end && more.length === 0 && events.at(-1) === end) return end;
  throw new Error(`Not one end, last: ${JSON.stringify(events)}`);
}

export const lastCursor = (events: readonly DriverEvent[]): string | undefined =>
  events.map(({ cursor }) => cursor).findLast((cursor) => cursor !== undefined);
