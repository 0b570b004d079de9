// From a prepared request to a durable task: what spawn_cloud_agent and dispatch_task share.
import type { TaskRecord, TaskView } from '@agent-dispatch/schemas';
import type { CallOptions, Consent, DispatchOutcome } from '../control-plane.js';
import { INLINE_BYTES, INPUT_BLOB, isTerminal, type StoredInput } from '../engine/index.js';
import { DispatchError } from '../errors/index.js';
import { confirmationError, isExplicit, type Outcome, type Prepared } from '../intake/index.js';
import type { CreateOptions, StoredTask } from '../store/index.js';
import { findTask, type Operations } from './operation.js';
import { taskView } from './task-view.js';
import { untilEnded, withResults } from './wait-task.js';

/**
 * Stores the task; the engine finds it there. Durable when this returns.
 * @param waitSeconds the answer may be held back so long for the task's end.
 */
export async function acceptTask(
  operations: Operations,
  outcome: Outcome,
  { waitSeconds = 0, consent, ...bounds }: AcceptOptions,
): Promise<DispatchOutcome> {
  if (outcome.status === 'needs_clarification') return outcome;
  const { store } = operations;
  const { continueFrom, parent } = outcome.request;
  if (parent !== undefined) await findTask(operations, parent, '/parent');
  if (continueFrom !== undefined)
    assertContinues(await findTask(operations, continueFrom, '/continue_from'), outcome.route);
  const { record, options } = newTask(operations, withConsent(operations, outcome, consent));
  const { task } = await store.create(record, options);
  if (waitSeconds <= 0) return taskView(task, store.now());
  await untilEnded(operations, task.record.taskId, { seconds: waitSeconds, ...bounds });
  return await answered(operations, task.record.taskId);
}

/** As wait_task shows it: with its result where it has ended. */
async function answered(operations: Operations, taskId: string): Promise<TaskView> {
  const task = await findTask(operations, taskId);
  const now = operations.store.now();
  if (!isTerminal(task.record.status)) return taskView(task, now);
  const [view = taskView(task, now)] = await withResults(operations, [task], now);
  return view;
}

/**
 * The request as the person consented to it. One that was consented to before, as its key tells, is not asked about
 * again. Errors: AD_POLICY_CONFIRMATION.
 */
function withConsent(operations: Operations, outcome: Prepared, given: Consent | undefined): Consented {
  const { consent, idempotency } = outcome;
  if (consent === undefined) return outcome;
  if (given?.digest === consent.digest)
    return consentedTo(outcome, { key: `consent:${given.id}`, hash: consent.digest });
  const error = confirmationError(consent, operations.newMessageId());
  if (idempotency === undefined) throw error;
  return { ...outcome, refuse: error };
}

/** One consent is one task: a key of the caller was part of what was consented to, the id of a call was not. */
const consentedTo = (outcome: Prepared, consent: NonNullable<Prepared['idempotency']>): Prepared =>
  isExplicit(outcome.idempotency) ? outcome : { ...outcome, idempotency: consent };

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

interface AcceptOptions extends Pick<CallOptions, 'signal' | 'progress' | 'consent'> {
  waitSeconds?: number | undefined;
}

/** `refuse`: what a new task would be refused with; an earlier one of the same key is no new one. */
type Consented = Prepared & { refuse?: DispatchError };

interface NewTask {
  record: TaskRecord;
  options: CreateOptions;
}

function newTask(operations: Operations, prepared: Consented): NewTask {
  const { request, route, idempotency, deadlineSeconds, inputsAt, consent, refuse } = prepared;
  const now = operations.store.now();
  const { input: wanted, ...head } = request;
  const { inputs = [], ...input } = wanted;
  const record: TaskRecord = {
    schemaVersion: 1,
    taskId: operations.newTaskId(),
    status: 'queued',
    request: head,
    input: { inline: input },
    route,
    createdAt: now,
    updatedAt: now,
    deadlineAt: now + deadlineSeconds * 1000,
    attempt: 0,
    resources: [],
    cleanup: { state: 'none', tries: 0 },
  };
  const accepted = { type: 'accepted', ...(consent && { reason: `a person consented: ${consent.reason}` }) } as const;
  const options: CreateOptions = { events: [accepted], wakeAt: now, ...(idempotency && { idempotency }) };
  if (refuse)
    return {
      record: withInput(record, options, input).record,
      options: { ...options, fill: () => Promise.reject(refuse) },
    };
  if (inputs.length === 0) return withInput(record, options, input);
  const fill: CreateOptions['fill'] = async (values) => {
    const taken = await operations.inputs.capture(inputs, inputsAt, values);
    const { store } = operations;
    // Taking them may have been long, and is not the task's time.
    const filled = withInput({ ...record, deadlineAt: store.now() + deadlineSeconds * 1000 }, options, {
      ...input,
      inputs: taken,
    });
    for (const { name, bytes } of filled.options.blobs ?? []) await values.put(name, bytes);
    return filled.record;
  };
  // Never stored as it is, but held against the limits of a record.
  return { record: withInput(record, options, input).record, options: { ...options, fill } };
}

/** In the record itself when small. */
function withInput(record: TaskRecord, options: CreateOptions, input: StoredInput): NewTask {
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  if (bytes.length <= INLINE_BYTES) return { record: { ...record, input: { inline: input } }, options };
  return {
    record: { ...record, input: { blob: INPUT_BLOB, size: bytes.length } },
    options: { ...options, blobs: [{ name: INPUT_BLOB, bytes }] },
  };
}
