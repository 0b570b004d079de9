// The worker's runs in memory, with a scripted agent behind them: for tests of a protocol face without processes and disks.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AgentScript, ScriptedWork } from '@agent-dispatch/core/testing';
import type { Receipt, WorkerEvent, WorkerMessage, WorkerState, WorkerTask } from '@agent-dispatch/schemas';
import type { Run, RunEvent, Runs } from '@agent-dispatch/worker';

export class MemoryRuns implements Runs {
  readonly bootId: string = randomUUID();
  /** What each run was begun with. */
  readonly tasks: WorkerTask[] = [];
  private readonly runs = new Map<string, MemoryRun>();
  private directory: Promise<string> | undefined;

  constructor(private readonly script: AgentScript) {}

  async start(task: WorkerTask): Promise<Run> {
    const known = this.runs.get(task.invocationId);
    if (known !== undefined) return known;
    this.directory ??= mkdtemp(path.join(tmpdir(), 'agentdispatch-runs-'));
    const run = new MemoryRun(task, await this.directory);
    this.runs.set(task.invocationId, run);
    this.tasks.push(task);
    run.begin(this.script);
    return run;
  }

  putInput(): never {
    throw new TypeError('no inputs are put here');
  }

  get(invocationId: string): MemoryRun | undefined {
    return this.runs.get(invocationId);
  }

  async close(): Promise<void> {
    // An agent may not hear that it shall stop.
    for (const run of this.runs.values()) void run.cancel();
    if (this.directory !== undefined) await rm(await this.directory, { recursive: true, force: true });
  }
}

type KeptFile = NonNullable<ReturnType<Run['artifact']>>;

class MemoryRun implements Run {
  state: WorkerState = 'running';
  private readonly recorded: RunEvent[] = [];
  private readonly bell = new EventEmitter().setMaxListeners(0);
  private readonly stop = new AbortController();
  private readonly files = new Map<string, KeptFile>();
  private readonly receipts = new Map<string, Receipt>();
  private readonly waiting = new Map<string, (text: string) => void>();
  private readonly unread: string[] = [];
  private readonly readers: ((text: string) => void)[] = [];
  private over: Promise<void> = Promise.resolve();

  constructor(
    private readonly task: WorkerTask,
    private readonly directory: string,
  ) {}

  get invocationId(): string {
    return this.task.invocationId;
  }

  get taskId(): string {
    return this.task.taskId;
  }

  get lastSeq(): number {
    return this.recorded.length;
  }

  async *events(after: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
    for (let seq = after + 1; !signal.aborted; seq += 1) {
      while (seq > this.lastSeq) {
        try {
          await once(this.bell, 'event', { signal });
        } catch {
          return;
        }
      }
      const event = this.recorded[seq - 1];
      if (event === undefined) throw new RangeError(`there is no event ${seq}`);
      yield event;
      if (event.type === 'ended') return;
    }
  }

  async send({ id, text, requestId }: WorkerMessage): Promise<Receipt> {
    const known = this.receipts.get(id);
    if (known !== undefined) return known;
    const receipt = this.receive(text, requestId);
    this.receipts.set(id, receipt);
    return receipt;
  }

  async cancel(): Promise<void> {
    this.stop.abort(new Error('told to stop'));
    await this.over;
  }

  artifact(name: string): KeptFile | undefined {
    return this.files.get(name);
  }

  /** As its agent would. */
  record(event: WorkerEvent): void {
    this.recorded.push({ ...event, seq: this.lastSeq + 1, at: Date.now() });
    this.bell.emit('event');
  }

  begin(script: AgentScript): void {
    this.over = this.perform(script);
  }

  private receive(text: string, requestId: string | undefined): Receipt {
    if (this.state !== 'running' && this.state !== 'input_required') {
      return { state: 'rejected', reason: 'The run is over.' };
    }
    if (requestId === undefined) {
      const reader = this.readers.shift();
      if (reader === undefined) this.unread.push(text);
      else reader(text);
      return { state: 'delivered' };
    }
    const answer = this.waiting.get(requestId);
    if (answer === undefined) return { state: 'rejected', reason: `No question ${requestId} waits.` };
    this.waiting.delete(requestId);
    this.state = 'running';
    this.record({ type: 'input_received', requestId });
    answer(text);
    return { state: 'delivered' };
  }

  private async perform(script: AgentScript): Promise<void> {
    try {
      const end = await script(this.work());
      if ('result' in end) this.end('succeeded', { result: { text: end.result } });
      else this.end('failed', { error: { code: 'AGENT_FAILED', message: end.failure } });
    } catch (error) {
      if (this.stop.signal.aborted) this.end('cancelled', {});
      else this.end('failed', { error: { code: 'AGENT_FAILED', message: String(error) } });
    }
  }

  private end(outcome: 'succeeded' | 'failed' | 'cancelled', more: Partial<WorkerEvent>): void {
    this.state = outcome;
    this.record({ type: 'ended', outcome, ...more });
  }

  private work(): ScriptedWork {
    const { signal } = this.stop;
    const stoppable = <Value>(wait: (resolve: (value: Value) => void) => void): Promise<Value> =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        wait(resolve);
      });
    return {
      instruction: this.task.instruction,
      stopped: signal,
      say: async (text) => {
        for (let at = 0; at < text.length; at += LINE) {
          this.record({ type: 'log', stream: 'agent', text: text.slice(at, at + LINE) });
        }
      },
      ask: (question) =>
        stoppable((resolve) => {
          const requestId = `q${this.lastSeq + 1}`;
          this.waiting.set(requestId, resolve);
          this.state = 'input_required';
          this.record({ type: 'input_required', request: { requestId, question } });
        }),
      hear: () =>
        stoppable((resolve) => {
          const text = this.unread.shift();
          if (text === undefined) this.readers.push(resolve);
          else resolve(text);
        }),
      leave: async ({ name, mediaType, bytes }) => {
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const file = path.join(this.directory, randomUUID());
        await writeFile(file, bytes);
        const artifact = { name, mediaType, size: bytes.length, sha256 };
        this.files.set(name, { ...artifact, file });
        this.record({ type: 'artifact', artifact });
      },
    };
  }
}

/** Characters of one log event; two times an even number, so that no character of the kit is cut. */
const LINE = 16_000;
