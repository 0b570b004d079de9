// What an event of a run is to the host: the same fact in a driver's words, within the sizes that a record takes.
import type { WorkerEvent } from '@agent-dispatch/schemas';
import type { DriverEvent, EndedEvent } from '../../provider/index.js';
import { logParts } from '../http/transcript.js';
import { runError } from './run-error.js';

export interface ToldLimits {
  /** The framework's own event beside a message, in bytes of JSON. A larger one is left out. */
  readonly rawBytes: number;
  /** A question with its schema, in bytes of JSON. */
  readonly questionBytes: number;
}

/** Artifacts and the end aside, which need more than a look. The last one has the place of the event. */
export function* told(event: WorkerEvent, cursor: string, limits: ToldLimits): Generator<DriverEvent> {
  switch (event.type) {
    case 'log': {
      const { stream = 'agent', at } = event;
      const parts = [...logParts(event.text ?? '')];
      for (const [index, text] of parts.entries()) {
        const place = index === parts.length - 1 ? { cursor } : {};
        yield { type: 'log', stream, text, ...(at !== undefined && { at }), ...place };
      }
      return;
    }
    case 'message': {
      const [first = '', ...more] = logParts(event.text ?? '');
      yield { type: 'message', text: first, ...rawOf(event.raw, limits), ...(more.length === 0 && { cursor }) };
      for (const [index, text] of more.entries()) {
        yield { type: 'message', text, ...(index === more.length - 1 && { cursor }) };
      }
      return;
    }
    case 'progress': {
      const { message, fraction } = event;
      yield {
        type: 'progress',
        ...(message !== undefined && { message }),
        ...(fraction !== undefined && { fraction }),
        cursor,
      };
      return;
    }
    case 'input_required':
      if (event.request) yield { type: 'input_required', request: shortened(event.request, limits), cursor };
      return;
    case 'input_received':
      if (event.requestId !== undefined) yield { type: 'input_received', requestId: event.requestId, cursor };
      return;
    case 'gap': {
      const { from, to } = event;
      yield { type: 'gap', ...(from !== undefined && { from }), ...(to !== undefined && { to }), cursor };
      return;
    }
    default:
      return;
  }
}

/** How it ended, its result aside. */
export function endedAs({ outcome = 'failed', exitCode, error }: WorkerEvent): EndedEvent {
  return {
    type: 'ended',
    outcome,
    ...(exitCode !== undefined && { exitCode }),
    ...(error && { error: runError(error) }),
  };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

function rawOf(raw: unknown, { rawBytes }: ToldLimits): { raw?: unknown } {
  return raw !== undefined && bytesOf(raw) <= rawBytes ? { raw } : {};
}

type Question = NonNullable<WorkerEvent['request']>;

const CUT = ' [cut]';

/** A question that is too long for a task's record is asked without its schema, or in part. */
function shortened(request: Question, { questionBytes }: ToldLimits): Question {
  if (bytesOf(request) <= questionBytes) return request;
  const { requestId, question } = request;
  const bare = { requestId, question };
  if (bytesOf(bare) <= questionBytes) return bare;
  // JSON needs at most six bytes for a character; the id and the rest of the question need the other room.
  const [part = ''] = logParts(question.slice(0, Math.floor(questionBytes / 8)));
  return { requestId, question: part + CUT };
}
