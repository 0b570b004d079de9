// One job: its output as numbered events, and how it ends. Goes on whether or not anybody listens.
import { createHash } from 'node:crypto';

export interface Owner {
  readonly installationId: string;
  readonly taskId: string;
  readonly attempt: number;
}

export interface Work {
  readonly ends: 'well' | 'badly' | 'when-told' | 'asking';
  readonly lines: number;
  readonly everyMs: number;
  /** What it must be given to end well. */
  readonly secret?: { readonly name: string; readonly sha256: string };
}

/** What is asked for: work of an attempt, on a machine. */
export interface Order {
  /** Of the attempt. */
  readonly name: string;
  readonly owner: Owner;
  readonly machine: string;
  readonly work: Work;
  readonly secrets: Readonly<Record<string, string>>;
}

/** One event of the provider contract, numbered from 1. */
export type JobEvent = Readonly<Record<string, unknown>> & { readonly n: number; readonly type: string };

const SUCCESS = { outcome: 'succeeded', exitCode: 0, result: { text: 'done' } };
const FAILURE = { outcome: 'failed', exitCode: 3, error: { code: 'AD_TASK_FAILED', message: 'the job failed' } };

const holds = ({ work: { secret }, secrets }: Order): boolean =>
  secret === undefined ||
  createHash('sha256')
    .update(secrets[secret.name] ?? '')
    .digest('hex') === secret.sha256;

export class Job {
  readonly events: JobEvent[] = [];
  readonly attempt: string;
  readonly owner: Owner;
  readonly machine: string;
  /** The cloud denies that it knows it. */
  forgotten = false;
  readonly #work: Work;
  readonly #hasSecret: boolean;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #printed = 0;
  #isTold = false;
  #lingers = false;

  constructor(
    readonly id: string,
    order: Order,
    private readonly changed: () => void,
  ) {
    this.attempt = order.name;
    this.owner = order.owner;
    this.machine = order.machine;
    this.#work = order.work;
    this.#hasSecret = holds(order);
  }

  get isRunning(): boolean {
    return this.events.at(-1)?.type !== 'ended';
  }

  begin(isTold: boolean): void {
    this.#isTold = isTold;
    this.changed();
    this.#print();
  }

  /** It may end now, if that is what it waits for. */
  finish(): void {
    this.#isTold = true;
    if (this.#printed === this.#work.lines) this.#conclude();
  }

  /** @param lingerMs it runs on for so long, whoever asks again. */
  stop(lingerMs: number | undefined): void {
    if (!this.isRunning || this.#lingers) return;
    if (lingerMs === undefined) return this.kill();
    this.#lingers = true;
    setTimeout(() => this.kill(), lingerMs).unref();
  }

  kill(): void {
    clearTimeout(this.#timer);
    if (this.isRunning) this.#tell({ type: 'ended', outcome: 'cancelled' });
  }

  /** Called after each event. @returns ends the listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #print(): void {
    const { lines, everyMs } = this.#work;
    while (this.#printed < lines) {
      if (everyMs > 0) {
        this.#timer = setTimeout(() => {
          this.#line();
          this.#print();
        }, everyMs).unref();
        return;
      }
      this.#line();
    }
    if (this.#work.ends === 'asking') {
      this.#tell({ type: 'input_required', request: { requestId: 'q1', question: 'Go on?' } });
    }
    this.#conclude();
  }

  #line(): void {
    this.#printed += 1;
    this.#tell({ type: 'log', stream: 'stdout', text: `line ${this.#printed} of ${this.#work.lines}\n` });
  }

  #conclude(): void {
    if (!this.isRunning || this.#lingers) return;
    const { ends } = this.#work;
    if (ends === 'badly' || !this.#hasSecret) this.#tell({ type: 'ended', ...FAILURE });
    else if (ends === 'well' || this.#isTold) this.#tell({ type: 'ended', ...SUCCESS });
  }

  #tell(event: Record<string, unknown> & { type: string }): void {
    this.events.push({ ...event, n: this.events.length + 1 });
    for (const listener of [...this.#listeners]) listener();
    this.changed();
  }
}
