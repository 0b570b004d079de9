// The events of a run as events of AG-UI: for clients that know nothing of this worker.
import { readFile } from 'node:fs/promises';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import type { Run, RunEvent } from '../../runs/run.js';
import type { RunEvents } from './event-stream.js';
import { interruptOf } from './interrupts.js';
import { type AgUiEvent, CUSTOM } from './wire-event.js';

interface Names {
  readonly threadId: string;
  readonly runId: string;
}

/** A larger result is named and not told. Bytes. */
const LONGEST_RESULT = 8 * 1024 * 1024;

export class Told {
  /** The run of AG-UI is over, which a question ends too. */
  isOver = false;
  #open: string | undefined;

  constructor(
    private readonly run: Run,
    private readonly names: Names,
  ) {}

  async *events(event: RunEvent): RunEvents {
    for await (const told of this.#events(event)) yield { ...told, timestamp: event.at };
  }

  async *#events(event: RunEvent): RunEvents {
    if (event.type === 'log') return yield* this.#log(event);
    yield* this.#close();
    switch (event.type) {
      case 'message':
        yield* this.#say(event.seq, event.text ?? '');
        yield* this.#close();
        if (event.raw !== undefined) yield { type: 'RAW', event: event.raw };
        return;
      case 'progress':
        return yield progress(event);
      case 'artifact':
        return yield* artifact(event);
      case 'gap':
        return yield { type: 'CUSTOM', name: CUSTOM.gap, value: { from: event.from, to: event.to } };
      case 'input_required':
        return yield* this.#ask(event);
      case 'ended':
        return yield await this.#end(event);
      default:
      // An answered question shows in what follows.
    }
  }

  *#log({ seq, stream, text = '' }: RunEvent): Generator<AgUiEvent, void, undefined> {
    if (stream === 'stdout' || stream === 'agent') return yield* this.#say(seq, text);
    yield { type: 'CUSTOM', name: CUSTOM.log, value: { stream, text } };
  }

  /** Output that nothing else interrupts is one message. */
  *#say(seq: number, delta: string): Generator<AgUiEvent, void, undefined> {
    if (delta === '') return;
    if (this.#open === undefined) {
      this.#open = `${this.run.invocationId}.${seq}`;
      yield { type: 'TEXT_MESSAGE_START', messageId: this.#open, role: 'assistant' };
    }
    yield { type: 'TEXT_MESSAGE_CONTENT', messageId: this.#open, delta };
  }

  *#close(): Generator<AgUiEvent, void, undefined> {
    if (this.#open === undefined) return;
    yield { type: 'TEXT_MESSAGE_END', messageId: this.#open };
    this.#open = undefined;
  }

  *#ask({ seq, request }: RunEvent): Generator<AgUiEvent, void, undefined> {
    if (request === undefined) return;
    const interrupt = interruptOf({ invocationId: this.run.invocationId, seq }, request);
    this.isOver = true;
    yield { type: 'RUN_FINISHED', ...this.names, outcome: { type: 'interrupt', interrupts: [interrupt] } };
  }

  async #end({ outcome, error, result }: RunEvent): Promise<AgUiEvent> {
    this.isOver = true;
    if (outcome === 'cancelled') return { type: 'RUN_FINISHED', ...this.names, outcome: { type: 'cancelled' } };
    if (outcome === 'failed') {
      return { type: 'RUN_ERROR', message: error?.message ?? 'The agent failed.', ...(error && { code: error.code }) };
    }
    const value = result && (await this.#valueOf(result));
    return {
      type: 'RUN_FINISHED',
      ...this.names,
      ...(value !== undefined && { result: value }),
      outcome: { type: 'success' },
    };
  }

  async #valueOf({ text, json, artifact }: NonNullable<WorkerEvent['result']>): Promise<unknown> {
    if (artifact === undefined) return text ?? json;
    const kept = this.run.artifact(artifact);
    if (kept === undefined || kept.size > LONGEST_RESULT) return { artifact };
    return await readFile(kept.file, 'utf8');
  }
}

const progress = ({ message, fraction }: RunEvent): AgUiEvent => ({
  type: 'ACTIVITY_SNAPSHOT',
  messageId: 'progress',
  activityType: 'PROGRESS',
  content: { ...(message !== undefined && { message }), ...(fraction !== undefined && { fraction }) },
});

/** The agent's state in AG-UI: what it has left behind, by name. */
export const stateWith = (state: unknown): Record<string, unknown> => ({
  ...(typeof state === 'object' && !Array.isArray(state) ? state : {}),
  artifacts: {},
});

function* artifact({ artifact }: RunEvent): Generator<AgUiEvent, void, undefined> {
  if (artifact === undefined) return;
  const path = `/artifacts/${artifact.name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  yield { type: 'STATE_DELTA', delta: [{ op: 'add', path, value: artifact }] };
}
