// An engine over a store in memory, with a scripted driver, simulated time and everything else as small as it can be.
import { setImmediate as turn } from 'node:timers/promises';
import { validate, type TaskEvent, type TaskRecord } from '@agent-dispatch/schemas';
import { createRedactor } from '../../policy/index.js';
import type { Logger } from '../../provider/index.js';
import { MemoryPlace, MemoryStore, newTaskId } from '../../store/index.js';
import { settle, SimulatedClock } from '../../testing/simulated-clock.js';
import { Engine, parseLogLine, untraced, type EnginePorts, type LogLine } from '../index.js';
import { ScriptedDriver } from './scripted-driver.js';
import { newTask, type TaskOptions } from './tasks.js';

export interface HostOptions {
  driver?: ScriptedDriver;
  clock?: SimulatedClock;
  /** Default: a new one. The same place for two hosts: the second finds what the first left. */
  place?: MemoryPlace;
  ports?: Partial<EnginePorts>;
}

const SILENT: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
/** A condition that does not hold after so many turns of the event loop, files read meanwhile, will not hold without help. */
const PATIENCE = 500_000;

export class Host {
  readonly driver: ScriptedDriver;
  readonly clock: SimulatedClock;
  readonly store: MemoryStore;
  readonly place: MemoryPlace;
  readonly ports: EnginePorts;
  readonly engine: Engine;
  private readonly options: HostOptions;

  constructor(options: HostOptions = {}) {
    const { driver = new ScriptedDriver(), clock = new SimulatedClock(), place = new MemoryPlace(), ports } = options;
    this.options = { driver, clock, place, ...(ports && { ports }) };
    this.driver = driver;
    this.place = place;
    this.clock = clock;
    this.store = new MemoryStore({ clock, place });
    this.ports = {
      store: this.store,
      drivers: { load: async () => driver.driver },
      accounts: {
        profile: (name) => ({ name, provider: 'scripted', settings: {} }),
        digest: () => newTask().route.accountDigest,
        environment: () => ({}),
      },
      secrets: { resolve: async () => ({}) },
      protocols: {
        get: () => {
          throw new TypeError('no protocol driver in this test');
        },
      },
      directory: (provider) => `/nowhere/${provider}`,
      redactor: (values) => createRedactor({ values }),
      clock,
      logger: SILENT,
      tracer: untraced,
      slots: () => [],
      pace: async () => undefined,
      ...ports,
    };
    this.engine = new Engine(this.ports);
  }

  /** A host at work. */
  static async start(options?: HostOptions): Promise<Host> {
    const host = new Host(options);
    await host.store.open();
    host.engine.start();
    return host;
  }

  /** Another process on the same store, with the same driver and clock. */
  successor(): Promise<Host> {
    return Host.start(this.options);
  }

  /** Ends as a process does that is told to: nothing is decided about any task. */
  async stop(): Promise<void> {
    await this.engine.stop();
    await this.store.close();
  }

  /** Hands a task over; the engine finds it by itself. */
  async submit(options?: TaskOptions): Promise<string> {
    const now = this.clock.now();
    const template = newTask(options);
    const lifetime = template.deadlineAt - template.createdAt;
    const record = { ...template, taskId: newTaskId(now), createdAt: now, updatedAt: now, deadlineAt: now + lifetime };
    await this.store.create(record, { events: [{ type: 'accepted' }], wakeAt: now });
    return record.taskId;
  }

  async cancel(taskId: string): Promise<void> {
    await this.store.post(taskId, { commandId: `cancel ${taskId}`, kind: 'cancel', body: {} });
  }

  async record(taskId: string): Promise<TaskRecord> {
    const task = await this.store.get(taskId);
    if (!task) throw new Error('no such task');
    return task.record;
  }

  /** Waits for a state of the task, without any time passing. */
  async until(taskId: string, status: TaskRecord['status']): Promise<TaskRecord> {
    await this.eventually(async () => (await this.record(taskId)).status === status, `${taskId} is ${status}`);
    await settle();
    return await this.record(taskId);
  }

  async eventually(holds: () => boolean | Promise<boolean>, what = String(holds)): Promise<void> {
    for (let patience = PATIENCE; patience > 0; patience -= 1) {
      if (await holds()) return;
      await turn();
    }
    throw new Error(`does not come about: ${what}`);
  }

  async events(taskId: string): Promise<TaskEvent[]> {
    const all = await this.store.readEvents(taskId, 0, 1000);
    const problems = all.flatMap((event) => validate('TaskEvent', event));
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return all;
  }

  /** The states the task went through. */
  async path(taskId: string): Promise<(string | undefined)[]> {
    return (await this.events(taskId)).filter(({ type }) => type === 'status').map(({ to }) => to);
  }

  async logLines(taskId: string): Promise<LogLine[]> {
    const text = await this.logFile(taskId);
    return text.split('\n').flatMap((line) => parseLogLine(line) ?? []);
  }

  /** All text of the task's log, one stream or all. */
  async logText(taskId: string): Promise<string> {
    return (await this.logLines(taskId)).map(({ text }) => text).join('');
  }

  async logFile(taskId: string): Promise<string> {
    const { size } = await this.store.readLog(taskId, 0, 0);
    return new TextDecoder().decode((await this.store.readLog(taskId, 0, size)).bytes);
  }
}
