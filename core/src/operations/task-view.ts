// A task as every front door shows it, made from its record alone.
import type { TaskRecord, TaskView } from '@agent-dispatch/schemas';
import { isTerminal } from '../engine/index.js';
import type { StoredTask } from '../store/index.js';
import { eventCursor } from './cursors.js';

const iso = (at: number): string => new Date(at).toISOString();

/** Ask again no sooner, in seconds; wait_task needs no such pause. */
const POLL_AFTER_SECONDS = 5;

export function taskView({ record, lastSeq }: StoredTask, now: number): TaskView {
  const { request, route, outcome, status } = record;
  const terminal = isTerminal(status);
  const times = {
    ...(record.startedAt !== undefined && { started_at: iso(record.startedAt) }),
    ...(record.endedAt !== undefined && { ended_at: iso(record.endedAt) }),
    ...(record.lastActivityAt !== undefined && { last_activity_at: iso(record.lastActivityAt) }),
  };
  return {
    task_id: record.taskId,
    status,
    terminal,
    phase: phase(record),
    ...(record.progress && { progress: record.progress }),
    ...(request.runtime !== undefined && { runtime: request.runtime }),
    provider: route.provider,
    driver: route.driver,
    account_profile: route.account,
    capability: request.capability,
    task_type: request.taskType,
    target_mode: request.target.mode,
    protocol: request.target.protocol,
    attempt: record.attempt,
    created_at: iso(record.createdAt),
    ...times,
    deadline_at: iso(record.deadlineAt),
    elapsed_ms: (record.endedAt ?? now) - record.createdAt,
    ...(request.group !== undefined && { group: request.group }),
    ...(request.parent !== undefined && { parent: request.parent }),
    ...(request.labels && { labels: request.labels }),
    cursor: eventCursor({ [record.taskId]: lastSeq }),
    ...(!terminal && { poll_after_seconds: POLL_AFTER_SECONDS }),
    ...(record.inputRequests?.length && { input_requests: record.inputRequests.map(askedQuestion) }),
    ...(terminal && outcome?.exitCode !== undefined && { exit_code: outcome.exitCode }),
    ...(terminal && outcome?.error && { error: outcome.error }),
    ...(record.cancel?.level !== undefined && { cancel_level: record.cancel.level }),
    cleanup: record.cleanup.state,
    ...(record.handoff && isReachable(status) && { handoff: record.handoff }),
    next: nextCall(record),
  };
}

/** Before, the agent is not there; afterwards, whoever used its address might bring it back to life. */
const isReachable = (status: TaskRecord['status']): boolean => status === 'running' || status === 'input_required';

type Asked = NonNullable<TaskRecord['inputRequests']>[number];

const askedQuestion = ({
  requestId,
  question,
  schema,
  askedAt,
}: Asked): NonNullable<TaskView['input_requests']>[number] => ({
  request_id: requestId,
  question,
  ...(schema && { schema }),
  ...(askedAt !== undefined && { asked_at: iso(askedAt) }),
});

function phase(record: TaskRecord): string {
  switch (record.status) {
    case 'queued':
      if (record.retryAt !== undefined) return `waits before attempt ${String(record.attempt + 1)}`;
      return record.waitingFor === undefined ? 'accepted' : `waits for a free slot of ${record.waitingFor}`;
    case 'provisioning':
      return 'makes its target ready';
    case 'starting':
      return 'starts the work';
    case 'running':
      return (record.attempts?.at(-1)?.resumeTries ?? 0) > 1
        ? 'contact to the work is lost; it is sought again'
        : 'the work runs';
    case 'input_required':
      return 'the work asks for input';
    case 'cancelling':
      return 'is being stopped';
    case 'completing':
      return 'collects the result';
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'lost':
      return endPhase(record.cleanup);
  }
}

function endPhase({ state, nextAt }: TaskRecord['cleanup']): string {
  if (state === 'kept' && nextAt !== undefined) return `ended; keeps what it has until ${iso(nextAt)}`;
  if (state === 'abandoned') return 'ended; what it held could not be released: run `agentdispatch gc`';
  return state === 'pending' ? 'ended; releases what it held' : 'ended';
}

/** The call that helps most in this state, ready-made. */
function nextCall(record: TaskRecord): NonNullable<TaskView['next']> {
  const { taskId } = record;
  const question = record.inputRequests?.[0];
  if (record.status === 'input_required' && question) {
    return {
      tool: 'send_message',
      arguments: { task_id: taskId, request_id: question.requestId },
      when: 'when you have the answer, as message',
    };
  }
  if (!isTerminal(record.status))
    return { tool: 'wait_task', arguments: { task_ids: [taskId] }, when: 'when you need the result' };
  if (record.status === 'succeeded')
    return { tool: 'get_task_result', arguments: { task_id: taskId }, when: 'to read the result' };
  return { tool: 'get_task_logs', arguments: { task_id: taskId, tail: 50 }, when: 'to see what happened' };
}
