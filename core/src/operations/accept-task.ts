// From a prepared request to a durable task: what spawn_cloud_agent and dispatch_task share.
import type { TaskRecord } from '@agent-dispatch/schemas';
import type { CallOptions, DispatchOutcome } from '../control-plane.js';
import { INLINE_BYTES, INPUT_BLOB, isTerminal } from '../engine/index.js';
import { DispatchError } from '../errors/index.js';
import type { Outcome, Prepared } from '../intake/index.js';
import type { CreateOptions, StoredTask } from '../store/index.js';
import { findTask, type Operations } from './operation.js';
import { taskView } from './task-view.js';
import { untilEnded } from './wait-task.js';

/**
 * Stores the task; the engine finds it there. Durable when this returns.
 * @param waitSeconds the answer may be held back so long for the task's end.
 */
export async function acceptTask(
  operations: Operations,
  outcome: Outcome,
  { waitSeconds = 0, signal }: { waitSeconds?: number | undefined } & Pick<CallOptions, 'signal'>,
): Promise<DispatchOutcome> {
  if (outcome.status === 'needs_clarification') return outcome;
  const { store } = operations;
  const { continueFrom, parent } = outcome.request;
  if (parent !== undefined) await findTask(operations, parent, '/parent');
  if (continueFrom !== undefined)
    assertContinues(await findTask(operations, continueFrom, '/continue_from'), outcome.route);
  const { record, options } = newTask(operations, outcome);
  const { task } = await store.create(record, options);
  if (waitSeconds > 0) await untilEnded(operations, task.record.taskId, waitSeconds, signal);
  return taskView(waitSeconds > 0 ? await findTask(operations, task.record.taskId) : task, store.now());
}

/** What goes on in another task's session must be able to reach it. Errors: AD_INPUT_INVALID. */
function assertContinues({ record }: StoredTask, { account, provider, driver }: Prepared['route']): void {
  const { taskId, status, route, attempts } = record;
  const refuse = (message: string, hint: string): DispatchError =>
    new DispatchError('AD_INPUT_INVALID', `/continue_from: task ${taskId} ${message}`, {
      hint,
      problems: [{ pointer: '/continue_from', message, hint }],
    });
  if (!isTerminal(status)) {
    throw refuse('has not ended', 'Wait for its end with wait_task, or speak to it with send_message.');
  }
  if (route.account !== account || route.provider !== provider || route.driver !== driver) {
    const message = `ran on ${route.provider}/${route.driver} with account profile ${route.account}`;
    throw refuse(message, 'Name the same account profile and runtime, or leave continue_from out.');
  }
  if (!attempts?.length) throw refuse('never began', 'Leave continue_from out.');
}

function newTask(
  operations: Operations,
  { request, route, idempotency, deadlineSeconds }: Prepared,
): { record: TaskRecord; options: CreateOptions } {
  const now = operations.store.now();
  const { input, ...head } = request;
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  const inline = bytes.length <= INLINE_BYTES;
  const record: TaskRecord = {
    schemaVersion: 1,
    taskId: operations.newTaskId(),
    status: 'queued',
    request: head,
    input: inline ? { inline: input } : { blob: INPUT_BLOB, size: bytes.length },
    route,
    createdAt: now,
    updatedAt: now,
    deadlineAt: now + deadlineSeconds * 1000,
    attempt: 0,
    resources: [],
    cleanup: { state: 'none', tries: 0 },
  };
  return {
    record,
    options: {
      events: [{ type: 'accepted' }],
      wakeAt: now,
      ...(idempotency && { idempotency }),
      ...(!inline && { blobs: [{ name: INPUT_BLOB, bytes }] }),
    },
  };
}
