// What every operation is given, and the check of its arguments.
import { validate, type ContractName } from '@agent-dispatch/schemas';
import type { InputCapture } from '../capture/index.js';
import type { LoadedConfig } from '../config/loaded-config.js';
import type { EnginePorts } from '../engine/index.js';
import { DispatchError } from '../errors/index.js';
import type { Intake } from '../intake/index.js';
import type { PluginHost } from '../plugins/index.js';
import type { AuditTrail, StoredTask, TaskStore } from '../store/index.js';
import type { Telemetry } from '../telemetry/index.js';
import type { WaitingRoom } from './waiting-room.js';

/** What operations need of the store; all else is its owner's business. */
export type VisibleTasks = Pick<
  TaskStore,
  'installationId' | 'now' | 'create' | 'post' | 'get' | 'list' | 'readEvents' | 'readLog' | 'getBlob' | 'handles'
>;

/** The collaborators of the operations; container.ts puts them together. */
export interface Operations extends Pick<
  EnginePorts,
  'accounts' | 'secrets' | 'redactor' | 'clock' | 'logger' | 'tracer' | 'directory' | 'pace'
> {
  config: LoadedConfig;
  plugins: PluginHost;
  intake: Intake;
  /** As the caller has it. */
  store: VisibleTasks;
  inputs: Pick<InputCapture, 'capture'>;
  audit: AuditTrail;
  telemetry: Pick<Telemetry, 'register' | 'error'>;
  /** Shared by every call that waits. Knows no caller: a task is found before it is waited for. */
  waits: WaitingRoom;
  /** Unguessable. */
  newTaskId(): string;
  /** Unguessable. */
  newMessageId(): string;
}

/** Errors: AD_INPUT_INVALID with every problem. */
export function checkArguments(contract: ContractName, input: unknown): void {
  const problems = validate(contract, input);
  if (problems.length === 0) return;
  const [first] = problems;
  const more = problems.length > 1 ? `, and ${String(problems.length - 1)} more` : '';
  throw new DispatchError(
    'AD_INPUT_INVALID',
    `${first?.pointer === '' ? 'the arguments' : (first?.pointer ?? '')}: ${first?.message ?? ''}${more}`,
    { problems },
  );
}

/** Errors: AD_TASK_NOT_FOUND. */
export async function findTask(
  { store }: Pick<Operations, 'store'>,
  taskId: string,
  pointer = '/task_id',
): Promise<StoredTask> {
  const task = await store.get(taskId);
  if (task) return task;
  throw taskNotFound(taskId, pointer);
}

/** In the same words for an id that is another's: they tell nothing of it. */
export const taskNotFound = (taskId: string, pointer = '/task_id'): DispatchError =>
  new DispatchError('AD_TASK_NOT_FOUND', `there is no task ${JSON.stringify(taskId)} here`, {
    problems: [{ pointer, message: 'unknown task' }],
  });
