// What AgentDispatch and its worker say to each other in the metadata of A2A, under one key. Agents of others leave it unread.
import { validate, type WorkerEvent, type WorkerTask } from '@agent-dispatch/schemas';
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';

const KEY = 'agentdispatch';

type Json = Record<string, unknown>;

/** Of the first message: the run to begin, or to find when it was begun before. */
export const beginMetadata = (task: WorkerTask, waitSeconds?: number): Json => ({
  [KEY]: { task, ...(waitSeconds !== undefined && { waitSeconds }) },
});

/** Of a subscription: after which event of the run it begins, and when it ends at the latest. */
export const followMetadata = (after: number, waitSeconds?: number): Json => ({
  [KEY]: { after, ...(waitSeconds !== undefined && { waitSeconds }) },
});

/** Of a message that answers a question. */
export const answerMetadata = (requestId: string): Json => ({ [KEY]: { requestId } });

/** Of a task: the machine that it runs on. */
export function bootIdIn(metadata: Json | undefined): string | undefined {
  const bootId = saidIn(metadata)?.['bootId'];
  return typeof bootId === 'string' ? bootId : undefined;
}

/** An extension that the worker's card names: by its parameters one machine is told from another. */
export const WORKER_EXTENSION = 'urn:agentdispatch:worker:1';

/** Of an update: the run's event that it carries, without what stands in the update itself. */
export type CarriedEvent = WorkerEvent & { seq: number };

/** Undefined where the update carries none. Errors: AD_PROTOCOL_RESPONSE for what is no event of a run. */
export function eventIn(metadata: Json | undefined): CarriedEvent | undefined {
  const event = saidIn(metadata)?.['event'];
  if (event === undefined) return undefined;
  const { seq } = isRecord(event) ? event : {};
  if (seq === undefined || validate('WorkerEvent', event).length > 0) {
    throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The worker sent something that is no event of a run.');
  }
  return event as CarriedEvent;
}

function saidIn(metadata: Json | undefined): Json | undefined {
  const said = metadata?.[KEY];
  return isRecord(said) ? said : undefined;
}
