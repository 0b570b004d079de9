// One run of the loopback worker: its scripted agent, and its events by number.
import { createHash } from 'node:crypto';
import type { WorkerAnswer, WorkerCall, WorkerEvent, WorkerState, WorkerTask } from '@agent-dispatch/schemas';
import type { AgentScript, ScriptedWork } from '../../../testing/index.js';

type Message = NonNullable<WorkerCall['message']>;

export class LoopbackRun {
  readonly events: (WorkerEvent & { seq: number })[] = [];
  readonly files = new Map<string, Buffer>();
  state: WorkerState = 'running';
  private readonly stopping = new AbortController();
  private readonly done: Promise<void>;
  private readonly waking = new Set<() => void>();
  private readonly questions = new Map<string, (text: string) => void>();
  private readonly receipts = new Map<string, NonNullable<WorkerAnswer['receipt']>>();
  private readonly unheard: string[] = [];

  constructor(
    readonly task: WorkerTask,
    script: AgentScript,
  ) {
    this.done = this.work(script);
  }

  /** To the event `ended`, or to what is there already. */
  async *after(seq: number, onlyKnown: boolean, signal: AbortSignal): AsyncGenerator<WorkerEvent> {
    for (let next = seq; !signal.aborted;) {
      const event = this.events[next];
      if (event === undefined) {
        if (onlyKnown || this.events.at(-1)?.type === 'ended') return;
        await this.news(signal);
        continue;
      }
      next += 1;
      yield event;
    }
  }

  tell(event: WorkerEvent): void {
    this.events.push({ ...event, seq: this.events.length + 1, at: Date.now() });
    this.wake();
  }

  send(message: Message | undefined): NonNullable<WorkerAnswer['receipt']> {
    if (message === undefined) throw new Error('a send without a message');
    const receipt = this.receipts.get(message.id) ?? this.take(message);
    this.receipts.set(message.id, receipt);
    return receipt;
  }

  async cancel(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  /** Keeps a file as an artifact. */
  keep(name: string, mediaType: string, bytes: Uint8Array): void {
    this.files.set(name, Buffer.from(bytes));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.tell({ type: 'artifact', artifact: { name, mediaType, size: bytes.length, sha256 } });
  }

  private take({ text, requestId }: Message): NonNullable<WorkerAnswer['receipt']> {
    if (this.state !== 'running' && this.state !== 'input_required')
      return { state: 'rejected', reason: 'It has ended.' };
    if (requestId === undefined) this.unheard.push(text);
    else {
      const answer = this.questions.get(requestId);
      if (answer === undefined) return { state: 'rejected', reason: `No question ${requestId} is open.` };
      this.questions.delete(requestId);
      this.state = 'running';
      this.tell({ type: 'input_received', requestId });
      answer(text);
    }
    this.wake();
    return { state: 'delivered' };
  }

  private async work(script: AgentScript): Promise<void> {
    const stopped = new Promise<never>((_, reject) => {
      this.stopping.signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
    });
    stopped.catch(() => undefined);
    try {
      const end = await Promise.race([script(this.scripted()), stopped]);
      if ('failure' in end) this.over('failed', { error: { code: 'AGENT_FAILED', message: end.failure } });
      else if (end.result.length > 1024 * 1024) {
        this.keep('result', 'text/plain', Buffer.from(end.result));
        this.over('succeeded', { result: { artifact: 'result' } });
      } else this.over('succeeded', { result: { text: end.result } });
    } catch (error) {
      if (this.stopping.signal.aborted) this.over('cancelled', {});
      else this.over('failed', { error: { code: 'AGENT_FAILED', message: String(error) } });
    }
  }

  private over(outcome: 'succeeded' | 'failed' | 'cancelled', more: Partial<WorkerEvent>): void {
    this.state = outcome;
    this.tell({ type: 'ended', outcome, ...more });
  }

  private scripted(): ScriptedWork {
    return {
      instruction: this.task.instruction,
      stopped: this.stopping.signal,
      say: async (text) => this.tell({ type: 'log', stream: 'agent', text }),
      ask: async (question) => {
        const requestId = `question-${String(this.events.length)}`;
        this.state = 'input_required';
        const answered = new Promise<string>((resolve) => this.questions.set(requestId, resolve));
        this.tell({ type: 'input_required', request: { requestId, question } });
        return await answered;
      },
      hear: async () => {
        while (this.unheard.length === 0) await this.news(this.stopping.signal);
        return this.unheard.shift() ?? '';
      },
      leave: async ({ name, mediaType, bytes }) => this.keep(name, mediaType, bytes),
    };
  }

  private async news(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waking.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  private wake(): void {
    const waking = [...this.waking];
    this.waking.clear();
    for (const wake of waking) wake();
  }
}
