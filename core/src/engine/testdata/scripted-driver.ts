// A driver whose every verb a test may script, and streams that a test feeds by hand. What is called is written down.
import type { CleanupProof, Handle, Resource } from '@agent-dispatch/schemas';
import type {
  CancelLevel,
  Driver,
  DriverContext,
  DriverEvent,
  Message,
  Receipt,
  SweptResource,
} from '../../provider/index.js';

export interface VerbCall {
  verb: 'provision' | 'start' | 'resume' | 'cancel' | 'cleanup';
  taskId: string;
  attempt: number;
  handle: Handle;
  context: DriverContext;
}

type Streaming = (handle: Handle, context: DriverContext) => AsyncIterable<unknown>;

/** One function field for each verb. Unscripted: everything succeeds at once. */
export class ScriptedDriver {
  readonly calls: VerbCall[] = [];
  planning: NonNullable<Driver['plan']> = (_request, { taskId, attempt }) => ({
    version: 1,
    data: {},
    resources: [{ id: `${taskId}.${String(attempt)}`, kind: 'box', scope: 'attempt' }],
  });
  provisioning: Streaming = () => events();
  starting: Streaming = () => events({ type: 'ended', outcome: 'succeeded', result: { text: 'done' } });
  resuming: Streaming = () => events({ type: 'unknown', reason: 'nobody knows' });
  cancelling: (handle: Handle, context: DriverContext) => Promise<CancelLevel> = async () => 'stopped';
  cleaning: (resources: readonly Resource[], handle: Handle, context: DriverContext) => Promise<CleanupProof[]> =
    async (resources) => resources.map(({ id }) => ({ id, proof: 'verified' }));

  readonly messages: Message[] = [];
  sending: (message: Message, context: DriverContext) => Promise<Receipt> = async () => ({ state: 'delivered' });

  /** What the account holds. */
  sweep: () => AsyncIterable<SweptResource> = async function* () {
    yield* [];
  };

  /** What the engine is given. */
  readonly driver: Driver = {
    plan: (request, context) => this.planning(request, context),
    provision: (handle, context) => this.stream('provision', this.provisioning, handle, context),
    start: (handle, context) => this.stream('start', this.starting, handle, context),
    resume: (handle, context) => this.stream('resume', this.resuming, handle, context),
    cancel: async (handle, context) => {
      this.note('cancel', handle, context);
      return await this.cancelling(handle, context);
    },
    send: async (_handle, message, context) => {
      this.messages.push(message);
      return await this.sending(message, context);
    },
    cleanup: async (resources, handle, context) => {
      this.note('cleanup', handle, context);
      return await this.cleaning(resources, handle, context);
    },
  };

  /** The verbs called for a task, in order; of all tasks without one. */
  verbs(taskId?: string): string[] {
    return this.calls.filter((call) => taskId === undefined || call.taskId === taskId).map(({ verb }) => verb);
  }

  last(verb: VerbCall['verb']): VerbCall {
    const call = this.calls.filter((candidate) => candidate.verb === verb).at(-1);
    if (!call) throw new Error(`${verb} was not called`);
    return call;
  }

  private stream(
    verb: 'provision' | 'start' | 'resume',
    script: Streaming,
    handle: Handle,
    context: DriverContext,
  ): AsyncIterable<DriverEvent> {
    this.note(verb, handle, context);
    // A script may yield what no driver should.
    return script(handle, context) as AsyncIterable<DriverEvent>;
  }

  private note(verb: VerbCall['verb'], handle: Handle, context: DriverContext): void {
    this.calls.push({ verb, taskId: context.taskId, attempt: context.attempt, handle, context });
  }
}

/** A stream of just these. */
export async function* events(...all: unknown[]): AsyncGenerator {
  yield* all;
}

/** A stream that ends, without an event, when the work has settled. */
export const silent = (work: Promise<unknown>): AsyncIterable<unknown> => ({
  [Symbol.asyncIterator]: () => ({
    next: async () => {
      await work;
      return { done: true, value: undefined };
    },
  }),
});

interface Step {
  done: boolean;
  value: unknown;
}

/** A stream that a test feeds while it is followed. Ends with the signal's reason when it aborts, as a driver's does. */
export class Feed {
  private readonly waiting: (() => Step)[] = [];
  private wake: () => void = () => undefined;

  readonly follow: Streaming = (_handle, { signal }) => this.iterate(signal);

  push(...all: unknown[]): void {
    for (const value of all) this.add(() => ({ done: false, value }));
  }

  log(text: string, cursor?: string): void {
    this.push({ type: 'log', stream: 'stdout', text, ...(cursor !== undefined && { cursor }) });
  }

  close(): void {
    this.add(() => ({ done: true, value: undefined }));
  }

  fail(error: unknown): void {
    this.add(() => {
      throw error;
    });
  }

  private add(next: () => Step): void {
    this.waiting.push(next);
    this.wake();
  }

  private async *iterate(signal: AbortSignal): AsyncGenerator {
    for (;;) {
      const next = this.waiting.shift();
      if (next) {
        const { done, value } = next();
        if (done) return;
        yield value;
        continue;
      }
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}
