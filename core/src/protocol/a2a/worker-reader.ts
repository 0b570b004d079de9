// Turns the updates of AgentDispatch's worker into the host's events. Each carries the number of the run's event that it stands
// for, so that none is told twice and a lost one is seen.
import type { Message, StreamResponse } from '@a2a-js/sdk';
import type { DriverEvent } from '../../provider/index.js';
import { runError } from '../worker/run-error.js';
import { type CarriedEvent, eventIn } from './extension.js';
import type { A2aLimits } from './limits.js';
import { contentOf } from './parts.js';
import type { AgentEvent } from './reader.js';
import { WorkerFile } from './worker-file.js';
import { WorkerResult } from './worker-result.js';

export class WorkerReader {
  ended = false;
  /** A question of the run waits. The worker's streams go on over it. */
  asking = false;
  private readonly file: WorkerFile;
  private readonly result = new WorkerResult();
  private metStranger = false;

  /** @param seq of the last event that was told; 0 for none. */
  constructor(
    { fileBytes }: Pick<A2aLimits, 'fileBytes'>,
    private readonly taskId: string,
    public seq: number,
  ) {
    this.file = new WorkerFile(fileBytes);
  }

  *read({ event: { payload } }: AgentEvent): Generator<DriverEvent, void, void> {
    if (payload === undefined) return;
    if (taskIdOf(payload) !== this.taskId) return yield* this.stranger();
    switch (payload.$case) {
      case 'statusUpdate': {
        const event = eventIn(payload.value.metadata);
        if (event === undefined || event.seq <= this.seq) return;
        return yield* this.next(event, this.events(event, payload.value.status?.message));
      }
      case 'artifactUpdate': {
        const event = eventIn(payload.value.metadata);
        if (event === undefined || event.seq <= this.seq) return;
        if (event.type === 'ended') return this.result.add(payload.value);
        const told = event.artifact && this.file.add(payload.value, event.artifact);
        if (told !== undefined) yield* this.next(event, [told]);
        return;
      }
      case 'task':
      case 'message':
      default:
      // What they hold comes as events, too.
    }
  }

  /** Its subscriptions leave nothing out. */
  *snapshot(): Generator<DriverEvent, void, void> {
    yield* [];
  }

  private *stranger(): Generator<DriverEvent, void, void> {
    if (this.metStranger) return;
    this.metStranger = true;
    yield { type: 'log', stream: 'system', text: 'The agent sent events of another task; they are left out.\n' };
  }

  private *next({ seq }: CarriedEvent, events: Iterable<DriverEvent>): Generator<DriverEvent, void, void> {
    if (seq > this.seq + 1) yield { type: 'gap', from: String(this.seq + 1), to: String(seq - 1) };
    this.seq = seq;
    for (const event of events) yield { ...event, cursor: String(seq) };
  }

  private *events(event: CarriedEvent, message: Message | undefined): Generator<DriverEvent, void, void> {
    const text = message === undefined ? '' : contentOf(message.parts).text;
    switch (event.type) {
      case 'log':
        yield { type: 'log', stream: event.stream ?? 'agent', text, ...(event.at !== undefined && { at: event.at }) };
        break;
      case 'message':
        yield { type: 'message', text, ...(event.raw !== undefined && { raw: event.raw }) };
        break;
      case 'progress':
        yield {
          type: 'progress',
          ...(event.message !== undefined && { message: event.message }),
          ...(event.fraction !== undefined && { fraction: event.fraction }),
        };
        break;
      case 'input_required':
        if (event.request === undefined) break;
        this.asking = true;
        yield { type: 'input_required', request: event.request };
        break;
      case 'input_received':
        this.asking = false;
        if (event.requestId !== undefined) yield { type: 'input_received', requestId: event.requestId };
        break;
      case 'gap':
        yield {
          type: 'gap',
          ...(event.from !== undefined && { from: event.from }),
          ...(event.to !== undefined && { to: event.to }),
        };
        break;
      case 'ended':
        yield this.end(event);
        break;
      case 'artifact':
      case 'attached':
      case 'refused':
      default:
      // An artifact comes as an artifact; the others belong to the worker's plain protocol.
    }
  }

  private end({ outcome, exitCode, error, result: kind }: CarriedEvent): DriverEvent {
    this.ended = true;
    const result = kind && this.result.of(kind);
    return {
      type: 'ended',
      outcome: outcome ?? 'failed',
      ...(exitCode !== undefined && { exitCode }),
      ...(result && { result }),
      ...(error && { error: runError(error) }),
    };
  }
}

const taskIdOf = (payload: NonNullable<StreamResponse['payload']>): string =>
  payload.$case === 'task' ? payload.value.id : payload.value.taskId;
