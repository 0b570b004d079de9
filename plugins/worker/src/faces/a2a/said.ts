// What AgentDispatch's own driver says in the metadata of a call, and what it is told in that of an update. Other callers leave
// the key out and do not read it.
import type { WorkerTask } from '@agent-dispatch/schemas';
import type { RunEvent } from '../../runs/run.js';

const KEY = 'agentdispatch';

type Json = Record<string, unknown>;

/** Of one call. */
export interface Said {
  /** The run to begin. As it came: whoever starts it checks it. */
  readonly task?: WorkerTask;
  /** Follow from after this event on, without a snapshot. */
  readonly after?: number;
  /** The stream ends after so long at the latest; 0: with what is there already. */
  readonly waitSeconds?: number;
  /** The question that the message answers. */
  readonly requestId?: string;
}

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** @param params of the call. Undefined where the caller is another. */
export function saidIn(params: unknown): Said | undefined {
  const metadata = isRecord(params) ? params['metadata'] : undefined;
  const said = isRecord(metadata) ? metadata[KEY] : undefined;
  if (!isRecord(said)) return undefined;
  const { task, after, waitSeconds, requestId } = said;
  return {
    ...(isRecord(task) && { task: task as unknown as WorkerTask }),
    ...(isCount(after) && { after }),
    ...(isCount(waitSeconds) && { waitSeconds }),
    ...(typeof requestId === 'string' && { requestId }),
  };
}

/** Metadata of a task. */
export const ofTask = (bootId: string): Json => ({ [KEY]: { bootId } });

/** Metadata of an update: its event, without what stands in the update itself. */
export function ofEvent(event: RunEvent): Json {
  const { text, ...carried } = event;
  const result =
    event.result && ('json' in event.result ? { json: null } : 'text' in event.result ? { text: '' } : event.result);
  return { [KEY]: { event: { ...carried, ...(result && { result }) } } };
}
