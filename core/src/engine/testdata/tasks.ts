// Task records for the tests of the reducer: one new task, and the way from there to every state.
import { validate, type Handle, type TaskRecord, type TaskStatus } from '@agent-dispatch/schemas';
import { advance, type Advance } from '../advance.js';
import type { Input } from '../inputs.js';

export const T0 = Date.UTC(2030, 0, 1);
export const SECOND = 1000;
const DIGEST = 'a'.repeat(64);

export const resource = (id: string, scope = 'attempt'): Handle['resources'][number] => ({ id, kind: 'box', scope });

export const handleWith = (...resources: Handle['resources']): Handle => ({
  version: 1,
  data: { name: 'work' },
  resources,
});

/** A handle with one resource of its own attempt. */
export const HANDLE = handleWith(resource('box-1'));

export interface TaskOptions {
  route?: Partial<TaskRecord['route']>;
  request?: Partial<TaskRecord['request']>;
  trace?: TaskRecord['trace'];
}

export function newTask({ route = {}, request = {}, trace }: TaskOptions = {}): TaskRecord {
  return {
    schemaVersion: 1,
    taskId: `task_${'0'.repeat(26)}`,
    status: 'queued',
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'dev',
      target: { mode: 'runtime', protocol: 'stdio' },
      limits: { timeoutSeconds: 3600, provisionSeconds: 600 },
      retry: { maxAttempts: 1 },
      ...request,
    },
    input: { inline: { instruction: 'do it' } },
    route: {
      provider: 'scripted',
      driver: 'actor',
      account: 'dev',
      accountDigest: DIGEST,
      manifestDigest: DIGEST,
      spokenBy: 'driver',
      resume: true,
      startIdempotent: false,
      settleSeconds: 0,
      ...route,
    },
    createdAt: T0,
    updatedAt: T0,
    deadlineAt: T0 + (request.limits?.timeoutSeconds ?? 3600) * SECOND,
    attempt: 0,
    resources: [],
    cleanup: { state: 'none', tries: 0 },
    ...(trace && { trace }),
  };
}

export const cancelCommand = (reason?: string): Input => ({
  type: 'command',
  command: { commandId: 'c', inbox: 1, at: T0, kind: 'cancel', body: reason === undefined ? {} : { reason } },
});

export const retryable = {
  code: 'AD_PROVIDER_THROTTLED',
  message: 'slow down',
  hint: 'Try again.',
  fault: 'provider',
  retryable: true,
} as const;
export const fatal = { ...retryable, code: 'AD_PROVIDER_DENIED', retryable: false } as const;

export const planned: Input = { type: 'planned', handle: HANDLE };
export const provisioned: Input = { type: 'provisioned' };
export const contact: Input = { type: 'contact' };
export const question: Input = { type: 'asked', request: { requestId: 'q', question: 'Which one?' } };
export const succeeded: Input = { type: 'ended', end: { status: 'succeeded', result: { inline: 'done' } } };
export const fileResult: Input = { type: 'ended', end: { status: 'succeeded', uncollected: { file: '/tmp/result' } } };

/** The shortest way into each state. */
export const WAYS: Readonly<Record<TaskStatus, readonly Input[]>> = {
  queued: [],
  provisioning: [planned],
  starting: [planned, provisioned],
  running: [planned, provisioned, contact],
  input_required: [planned, provisioned, question],
  cancelling: [planned, provisioned, contact, cancelCommand()],
  completing: [planned, provisioned, contact, fileResult],
  succeeded: [planned, provisioned, succeeded],
  failed: [planned, { type: 'failed', verb: 'provision', error: fatal }],
  cancelled: [planned, provisioned, contact, cancelCommand(), { type: 'cancelled', level: 'stopped' }],
  lost: [planned, provisioned, contact, { type: 'vanished', reason: 'gone' }],
};

/** Applies the inputs in order, all at one time; each step must leave a valid record. */
export function play(record: TaskRecord, inputs: readonly Input[], now = T0): Advance {
  return inputs.reduce<Advance>((before, input) => step(before.record, input, now), {
    record,
    events: [],
    effects: [],
    wakeAt: now,
  });
}

/** One checked step: record and events fit their schemas, as everything stored must. */
export function step(record: TaskRecord, input: Input, now = T0): Advance {
  const next = advance(record, input, now);
  const problems = [
    ...validate('TaskRecord', JSON.parse(JSON.stringify(next.record))),
    ...next.events.flatMap((event) => validate('TaskEvent', JSON.parse(JSON.stringify({ seq: 1, at: now, ...event })))),
  ];
  if (problems.length > 0) throw new Error(`after ${input.type}: ${JSON.stringify(problems)}`);
  return next;
}

export const inState = (status: TaskStatus, options?: TaskOptions): TaskRecord =>
  play(newTask(options), WAYS[status]).record;

/** The states that the events of a step say were entered. */
export const entered = ({ events }: Advance): (TaskStatus | undefined)[] =>
  events.filter(({ type }) => type === 'status').map(({ to }) => to);
