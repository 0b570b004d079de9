// The ControlPlane where the engine runs: each operation in its own file, put together here.
import type { CallOptions, ControlPlane, DispatchOutcome, Explanation } from '../control-plane.js';
import { cancelTask } from './cancel-task.js';
import { checkCloudAgentRuntime } from './check-cloud-agent-runtime.js';
import { collectGarbage } from './collect-garbage.js';
import { dispatchTask } from './dispatch-task.js';
import { getTaskLogs } from './get-task-logs.js';
import { getTaskResult } from './get-task-result.js';
import { getTaskStatus } from './get-task-status.js';
import { listRuntimes } from './list-runtimes.js';
import { listTasks } from './list-tasks.js';
import type { Operations } from './operation.js';
import { sendMessage } from './send-message.js';
import { spawnCloudAgent } from './spawn-cloud-agent.js';
import { waitTask } from './wait-task.js';
import { watchTasks } from './watch-tasks.js';

type Input<Name extends keyof ControlPlane> = Parameters<ControlPlane[Name]>[0];

export class LocalControlPlane implements ControlPlane {
  /** @param end called by close: gives up what stands behind the operations. */
  constructor(
    private readonly operations: Operations,
    private readonly end: () => Promise<void>,
  ) {}

  spawn(input: Input<'spawn'>, options?: CallOptions): Promise<DispatchOutcome> {
    return spawnCloudAgent(this.operations, input, options);
  }

  dispatch(input: Input<'dispatch'>, options?: CallOptions): Promise<DispatchOutcome | Explanation> {
    return dispatchTask(this.operations, input, options);
  }

  async explain(input: Input<'explain'>, { caller = {} }: CallOptions = {}): Promise<Explanation> {
    return this.operations.intake.explainSpawn(input, caller);
  }

  get(input: Input<'get'>): ReturnType<ControlPlane['get']> {
    return getTaskStatus(this.operations, input);
  }

  list(input: Input<'list'>): ReturnType<ControlPlane['list']> {
    return listTasks(this.operations, input);
  }

  logs(input: Input<'logs'>): ReturnType<ControlPlane['logs']> {
    return getTaskLogs(this.operations, input);
  }

  result(input: Input<'result'>): ReturnType<ControlPlane['result']> {
    return getTaskResult(this.operations, input);
  }

  wait(input: Input<'wait'>, options?: CallOptions): ReturnType<ControlPlane['wait']> {
    return waitTask(this.operations, input, options);
  }

  watch(input: Input<'watch'>, options?: CallOptions): ReturnType<ControlPlane['watch']> {
    return watchTasks(this.operations, input, options);
  }

  send(input: Input<'send'>): ReturnType<ControlPlane['send']> {
    return sendMessage(this.operations, input);
  }

  cancel(input: Input<'cancel'>): ReturnType<ControlPlane['cancel']> {
    return cancelTask(this.operations, input);
  }

  async runtimes(input: Input<'runtimes'>): ReturnType<ControlPlane['runtimes']> {
    return listRuntimes(this.operations, input);
  }

  check(input: Input<'check'>, options?: CallOptions): ReturnType<ControlPlane['check']> {
    return checkCloudAgentRuntime(this.operations, input, options);
  }

  gc(input: Input<'gc'>, options?: CallOptions): ReturnType<ControlPlane['gc']> {
    return collectGarbage(this.operations, input, options);
  }

  close(): Promise<void> {
    return this.end();
  }
}
