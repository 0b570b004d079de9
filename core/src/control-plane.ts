// THE file to read first: the interface every front door calls. In and out are the MCP tools' shapes, so that a tool,
// a CLI command and a program see one thing. Implemented twice: where the engine runs, and as a client of a dispatcher.
import type {
  CancelTaskInput,
  CancelTaskOutput,
  CheckCloudAgentRuntimeInput,
  CheckCloudAgentRuntimeOutput,
  Clarification,
  CollectGarbageInput,
  CollectGarbageOutput,
  DispatchTaskInput,
  GetTaskLogsInput,
  GetTaskLogsOutput,
  GetTaskResultInput,
  GetTaskResultOutput,
  GetTaskStatusInput,
  ListRuntimesInput,
  ListRuntimesOutput,
  ListTasksInput,
  ListTasksOutput,
  SendMessageInput,
  SendMessageOutput,
  SpawnCloudAgentInput,
  TaskView,
  WaitTaskInput,
  WaitTaskOutput,
  WatchTasksInput,
  WatchTasksOutput,
} from '@agent-dispatch/schemas';
import type { CallerIdentity, Consent, Explained } from './intake/index.js';

/** Who calls: for what it may see, for audit and idempotency. Never a secret. */
export type Caller = CallerIdentity;

/** What a dry run answers: the routing decision with every rejected candidate, and what would be asked first. */
export type Explanation = Explained;

/** An accepted task (durable when this is returned), or what is missing (nothing was started). */
export type DispatchOutcome = TaskView | Clarification;

export const needsClarification = (outcome: DispatchOutcome | Explanation): outcome is Clarification =>
  outcome.status === 'needs_clarification';

export type { Consent };

/**
 * Per call: `signal` ends the waiting of this call, never the task. With `caller.subject` the call sees and changes the
 * tasks of that subject alone, and answers for all others as if there were none.
 */
export interface CallOptions {
  caller?: Caller;
  /** Answers `details.consent` of an AD_POLICY_CONFIRMATION, once a person said yes to what that shows. */
  consent?: Consent;
  signal?: AbortSignal;
  /** Told in words, for a person's screen, what a call that waits has come to, whenever that changes. */
  progress?: (message: string) => void;
}

/**
 * Every operation a front door offers. Arguments are validated here, not by the front door: a bad one throws a
 * DispatchError with all problems (AD_INPUT_INVALID) and starts nothing. Answers are whole: `whole` in an input is for
 * front doors that shorten them.
 */
export interface ControlPlane {
  /** Hands a task to the agent of a runtime profile. Synchronous up to the durable acknowledgement; `wait_seconds` may prolong it. */
  spawn(input: SpawnCloudAgentInput, options?: CallOptions): Promise<DispatchOutcome>;
  /** The same with every routing choice explicit. `explain: true` answers with the decision alone. */
  dispatch(input: DispatchTaskInput, options?: CallOptions): Promise<DispatchOutcome | Explanation>;
  /** What `spawn` would decide; starts nothing. */
  explain(input: SpawnCloudAgentInput, options?: CallOptions): Promise<Explanation>;
  get(input: GetTaskStatusInput, options?: CallOptions): Promise<TaskView>;
  list(input: ListTasksInput, options?: CallOptions): Promise<ListTasksOutput>;
  logs(input: GetTaskLogsInput, options?: CallOptions): Promise<GetTaskLogsOutput>;
  result(input: GetTaskResultInput, options?: CallOptions): Promise<GetTaskResultOutput>;
  /** Returns when the condition holds, input is asked for, or the time is over (a normal answer with `timed_out`). */
  wait(input: WaitTaskInput, options?: CallOptions): Promise<WaitTaskOutput>;
  /** Returns when one of the tasks has changed since it was last seen. No tool: it is for front doors that tell of changes. */
  watch(input: WatchTasksInput, options?: CallOptions): Promise<WatchTasksOutput>;
  send(input: SendMessageInput, options?: CallOptions): Promise<SendMessageOutput>;
  cancel(input: CancelTaskInput, options?: CallOptions): Promise<CancelTaskOutput>;
  runtimes(input: ListRuntimesInput, options?: CallOptions): Promise<ListRuntimesOutput>;
  check(input: CheckCloudAgentRuntimeInput, options?: CallOptions): Promise<CheckCloudAgentRuntimeOutput>;
  /** What the accounts hold against what tasks say they hold. Removes only with `apply`. No tool: it is for people. */
  gc(input: CollectGarbageInput, options?: CallOptions): Promise<CollectGarbageOutput>;
  /** Gives up the connection or the engine behind this object; tasks go on where a dispatcher holds them. */
  close(): Promise<void>;
}

/** Names of the operations, as they travel between a front door and its dispatcher. */
export const OPERATIONS = [
  'spawn',
  'dispatch',
  'explain',
  'get',
  'list',
  'logs',
  'result',
  'wait',
  'watch',
  'send',
  'cancel',
  'runtimes',
  'check',
  'gc',
] as const satisfies readonly Exclude<keyof ControlPlane, 'close'>[];

export type Operation = (typeof OPERATIONS)[number];
