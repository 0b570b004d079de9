// A worker for tests: the real one, on a loopback port, over a directory of its own that goes with it.
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkerAnswer, WorkerCall, WorkerConfig, WorkerEvent, WorkerTask } from '@agent-dispatch/schemas';
import { readSettings } from '../configuration/read-settings.js';
import { startWorker, type RunningWorker } from '../worker.js';

/** An agent that does what its instruction says: see scripted-agent.mjs. */
export const SCRIPTED: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL('scripted-agent.mjs', import.meta.url)),
];

export const AGENTS: NonNullable<WorkerConfig['agents']> = {
  scripted: { command: [...SCRIPTED], output: 'events', accepts: ['model', 'tools', 'outputSchema'] },
  shell: { command: ['/bin/sh'] },
};

export class TestWorker {
  readonly root: string;
  #worker: RunningWorker;

  private constructor(root: string, worker: RunningWorker) {
    this.root = root;
    this.#worker = worker;
  }

  static async start(config: WorkerConfig = {}): Promise<TestWorker> {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'worker-')));
    return new TestWorker(root, await startOver(root, config));
  }

  /** Another worker over the same directory. */
  async restart(config: WorkerConfig = {}): Promise<void> {
    await this.stop();
    this.#worker = await startOver(this.root, config);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#worker.port}`;
  }

  /** Without removing its directory. */
  stop(): Promise<void> {
    return this.#worker.close();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.root, { recursive: true, force: true });
  }

  get dataDirectory(): string {
    return join(this.root, 'data');
  }

  /** Files of the data directory that hold the text. */
  filesWith(text: string): string[] {
    const names = readdirSync(this.dataDirectory, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return files.filter((file) => readFileSync(file, 'utf8').includes(text));
  }

  async ping(): Promise<unknown> {
    return (await fetch(`${this.url}/ping`)).json();
  }

  post(body: unknown, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}/invocations`, { method: 'POST', body: JSON.stringify(body), ...init });
  }

  async call(call: WorkerCall): Promise<WorkerAnswer> {
    return (await (await this.post(call)).json()) as WorkerAnswer;
  }

  start(task: WorkerTask): Promise<WorkerAnswer> {
    return this.call({ agentdispatch: 'start', task });
  }

  /** Begins the task and follows it to its end. */
  async run(task: WorkerTask): Promise<WorkerEvent[]> {
    const { error } = await this.start(task);
    if (error) throw new Error(`${error.code}: ${error.message}`);
    const events: WorkerEvent[] = [];
    for await (const event of this.follow(task.invocationId)) events.push(event);
    return events;
  }

  /** Without the heartbeats and the first line, which only says that there is something to follow. */
  async *follow(invocationId: string, after = 0, signal?: AbortSignal): AsyncGenerator<WorkerEvent> {
    const response = await this.post({ agentdispatch: 'follow', invocationId, after }, { signal });
    for await (const event of eventsIn(response)) if (event.type !== 'attached') yield event;
  }
}

function startOver(root: string, config: WorkerConfig): Promise<RunningWorker> {
  const whole = { agents: AGENTS, host: '127.0.0.1', port: 0, dataDirectory: join(root, 'data'), ...config };
  const settings = readSettings({ options: { config: JSON.stringify(whole) }, environment: {}, directory: root });
  return startWorker(settings, { environment: process.env, now: Date.now });
}

/** The lines of a response that hold an event. */
export async function* eventsIn(response: Response): AsyncGenerator<WorkerEvent> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as WorkerEvent;
  }
}

let count = 0;

/** A task with ids that no other of this process has. */
export function newTask(task: Partial<WorkerTask> = {}): WorkerTask {
  count += 1;
  const number = String(count).padStart(4, '0');
  return {
    invocationId: `invocation-${process.pid}-${number}`,
    taskId: `task_0000000000000000000000${number}`,
    attempt: 1,
    instruction: '',
    ...task,
  };
}

/** An instruction for the scripted agent. */
export const steps = (...all: unknown[]): string => JSON.stringify(all);

export const typesOf = (events: readonly WorkerEvent[]): string[] => events.map(({ type }) => type);

export const ended = (events: readonly WorkerEvent[]): WorkerEvent | undefined =>
  events.find(({ type }) => type === 'ended');

/** What a stream of the agent's said. */
export const said = (events: readonly WorkerEvent[], stream: WorkerEvent['stream'] = 'stdout'): string =>
  events
    .filter((event) => event.type === 'log' && event.stream === stream)
    .map(({ text }) => text)
    .join('');
