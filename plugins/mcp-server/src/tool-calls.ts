// Which operation of the control plane each tool is, and what of its answer a model gets. Checks nothing: the control
// plane validates every argument and answers with coded errors, so that all front doors refuse alike.
import type { CallOptions, ControlPlane } from '@agent-dispatch/core';
import type {
  CancelTaskInput,
  CheckCloudAgentRuntimeInput,
  DispatchTaskInput,
  GetTaskLogsInput,
  GetTaskResultInput,
  GetTaskStatusInput,
  ListRuntimesInput,
  ListTasksInput,
  SendMessageInput,
  SpawnCloudAgentInput,
  WaitTaskInput,
} from '@agent-dispatch/schemas';
import { getTaskLogs, getTaskResult, listRuntimes, listTasks } from './brief-answers.js';
import { briefCancel, checkRuntime, getTaskStatus, sendMessage } from './brief-look.js';
import { briefStart, briefWait } from './brief-wait.js';

export interface ToolCallOptions extends CallOptions {
  /** What the next wait of this client may take. */
  nextWaitSeconds?: number;
}

/** Carries out one call. Errors: whatever the control plane throws. */
export type ToolCall = (plane: ControlPlane, input: unknown, options: ToolCallOptions) => Promise<object>;

const toolCalls: Readonly<Record<string, ToolCall>> = {
  spawn_cloud_agent: async (plane, input, options) =>
    briefStart(await plane.spawn(input as SpawnCloudAgentInput, options)),
  dispatch_task: async (plane, input, options) => briefStart(await plane.dispatch(input as DispatchTaskInput, options)),
  wait_task: async (plane, input, { nextWaitSeconds, ...options }) =>
    briefWait(await plane.wait(input as WaitTaskInput, options), nextWaitSeconds),
  get_task_status: (plane, input) => getTaskStatus(plane, input as GetTaskStatusInput),
  get_task_logs: (plane, input) => getTaskLogs(plane, input as GetTaskLogsInput),
  get_task_result: (plane, input) => getTaskResult(plane, input as GetTaskResultInput),
  send_message: (plane, input, options) => sendMessage(plane, input as SendMessageInput, options),
  cancel_task: async (plane, input, options) => briefCancel(await plane.cancel(input as CancelTaskInput, options)),
  list_tasks: (plane, input) => listTasks(plane, input as ListTasksInput),
  list_runtimes: (plane, input) => listRuntimes(plane, input as ListRuntimesInput),
  check_cloud_agent_runtime: (plane, input, options) =>
    checkRuntime(plane, input as CheckCloudAgentRuntimeInput, options),
};

/** undefined: there is no such tool. */
export const toolCallOf = (tool: string): ToolCall | undefined =>
  Object.hasOwn(toolCalls, tool) ? toolCalls[tool] : undefined;
