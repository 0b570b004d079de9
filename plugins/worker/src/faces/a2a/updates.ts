// The updates of A2A that stand for one event of a run. For our own driver each carries the event's number, and a file comes
// piece by piece; for others an update says all by itself.
import { type StreamResponse, TaskState } from '@a2a-js/sdk';
import type { Run, RunEvent } from '../../runs/run.js';
import { FILE_BYTES, fileInPieces, resultInPieces, tooLarge, wholeFile } from './contents.js';
import { artifact, artifactUpdate, message, type Names, stateOf, status, statusUpdate, textPart } from './model.js';
import { ofEvent } from './said.js';

export interface Told {
  readonly run: Run;
  readonly names: Names;
  /** Our own driver listens. */
  readonly isOurs: boolean;
}

const WHOLE = { append: false, lastChunk: true };
/** Output that is no word of the agent. */
export const isNoise = ({ type, stream }: RunEvent): boolean =>
  type === 'log' && (stream === 'stderr' || stream === 'system');

export async function* updatesOf(event: RunEvent, told: Told): AsyncGenerator<StreamResponse, void, void> {
  const { isOurs } = told;
  switch (event.type) {
    case 'log':
      if (isOurs || !isNoise(event)) yield working(event, told, event.text);
      break;
    case 'message':
      yield working(event, told, event.text);
      break;
    case 'progress':
      if (isOurs || event.message !== undefined) yield working(event, told, event.message);
      break;
    case 'input_required':
      yield inState(TaskState.TASK_STATE_INPUT_REQUIRED, event, told, event.request?.question ?? '');
      break;
    case 'input_received':
      yield working(event, told);
      break;
    case 'artifact':
      yield* fileOf(event, told);
      break;
    case 'gap':
      if (isOurs) yield working(event, told);
      break;
    case 'ended':
      yield* endOf(event, told);
      break;
    case 'attached':
    case 'refused':
    default:
    // They belong to answers over plain HTTP, and are not recorded.
  }
}

const working = (event: RunEvent, told: Told, text?: string): StreamResponse =>
  inState(TaskState.TASK_STATE_WORKING, event, told, text);

function inState(state: TaskState, event: RunEvent, { names, isOurs }: Told, text?: string): StreamResponse {
  const said = text === undefined ? undefined : message(names, event.seq, [textPart(text)]);
  return statusUpdate(names, status(state, event.at, said), isOurs ? ofEvent(event) : {});
}

async function* fileOf(event: RunEvent, { run, names, isOurs }: Told): AsyncGenerator<StreamResponse, void, void> {
  const kept = event.artifact && run.artifact(event.artifact.name);
  if (kept === undefined) return;
  const id = `file:${kept.name}`;
  const metadata = isOurs ? ofEvent(event) : {};
  if (kept.size > FILE_BYTES) {
    yield artifactUpdate(names, artifact(id, kept.name, [tooLarge(kept)]), WHOLE, metadata);
  } else if (!isOurs) {
    yield artifactUpdate(names, artifact(id, kept.name, [await wholeFile(kept)]), WHOLE, metadata);
  } else {
    for await (const { part, isFirst, isLast } of fileInPieces(kept)) {
      const chunk = { append: !isFirst, lastChunk: isLast };
      yield artifactUpdate(names, artifact(id, kept.name, [part]), chunk, metadata);
    }
  }
}

async function* endOf(event: RunEvent, told: Told): AsyncGenerator<StreamResponse, void, void> {
  const { run, names, isOurs } = told;
  for await (const { part, isFirst, isLast } of resultInPieces(run, event)) {
    const chunk = { append: !isFirst, lastChunk: isLast };
    yield artifactUpdate(names, artifact('result', 'result', [part]), chunk, isOurs ? ofEvent(event) : {});
  }
  yield inState(stateOf[event.outcome ?? 'failed'], event, told, event.error?.message);
}
