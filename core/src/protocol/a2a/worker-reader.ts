// Turns the updates of AgentDispatch's worker into the host's events. Each carries the number of the run's event that it stands
// for, so that none is told twice and a lost one is seen.
import type { Message, StreamResponse } from '@a2a-js/sdk';
import type { DriverEvent, EndedEvent } from '../../provider/index.js';
import { endedAs, told } from '../worker/told.js';
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
  private readonly result: WorkerResult;
  private metStranger = false;

  /** @param seq of the last event that was told; 0 for none. */
  constructor(
    private readonly limits: Pick<A2aLimits, 'fileBytes' | 'rawBytes' | 'questionBytes'>,
    private readonly taskId: string,
    public seq: number,
  ) {
    this.file = new WorkerFile(limits.fileBytes);
    this.result = new WorkerResult(limits.fileBytes);
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
        const file = event.artifact && this.file.add(payload.value, event.artifact);
        if (file !== undefined) yield* this.next(event, [{ ...file, cursor: String(event.seq) }]);
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
    yield* events;
  }

  private *events(event: CarriedEvent, message: Message | undefined): Generator<DriverEvent, void, void> {
    const cursor = String(event.seq);
    if (event.type === 'ended') return yield { ...this.end(event), cursor };
    const text = message === undefined ? '' : contentOf(message.parts).text;
    for (const each of told({ ...event, text }, cursor, this.limits)) {
      if (each.type === 'input_required') this.asking = true;
      if (each.type === 'input_received') this.asking = false;
      yield each;
    }
  }

  private end(event: CarriedEvent): EndedEvent {
    this.ended = true;
    const result = event.result && this.result.of(event.result);
    return { ...endedAs(event), ...(result && { result }) };
  }
}

const taskIdOf = (payload: NonNullable<StreamResponse['payload']>): string =>
  payload.$case === 'task' ? payload.value.id : payload.value.taskId;
