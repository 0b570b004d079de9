// The ControlPlane where the engine runs: each operation in its own file, put together here. Each call works on what its
// caller may see and do, and leaves its line in the audit file where it changes something.
import type { CallOptions, ControlPlane, DispatchOutcome, Explanation } from '../control-plane.js';
import { Audit, type AuditedOperation } from './audit.js';
import { cancelTask } from './cancel-task.js';
import { checkCloudAgentRuntime } from './check-cloud-agent-runtime.js';
import { collectGarbage } from './collect-garbage.js';
import { dispatchTask } from './dispatch-task.js';
import { forCaller } from './for-caller.js';
import { getTaskLogs } from './get-task-logs.js';
import { getTaskResult } from './get-task-result.js';
import { getTaskStatus } from './get-task-status.js';
import { listRuntimes } from './list-runtimes.js';
import { listTasks } from './list-tasks.js';
import { localOnly } from './local-only.js';
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
    return this.audited('spawn', { input, options }, (seen) => spawnCloudAgent(seen, input, options));
  }

  async dispatch(input: Input<'dispatch'>, options?: CallOptions): Promise<DispatchOutcome | Explanation> {
    // A dry run changes nothing.
    if (input.explain === true) return dispatchTask(this.seenBy(options), input, options);
    return this.audited('dispatch', { input, options }, (seen) => dispatchTask(seen, input, options));
  }

  async explain(input: Input<'explain'>, { caller = {} }: CallOptions = {}): Promise<Explanation> {
    return this.operations.intake.explainSpawn(input, caller);
  }

  async get(input: Input<'get'>, options?: CallOptions): ReturnType<ControlPlane['get']> {
    return await getTaskStatus(this.seenBy(options), input);
  }

  async list(input: Input<'list'>, options?: CallOptions): ReturnType<ControlPlane['list']> {
    return await listTasks(this.seenBy(options), input);
  }

  async logs(input: Input<'logs'>, options?: CallOptions): ReturnType<ControlPlane['logs']> {
    return await getTaskLogs(this.seenBy(options), input);
  }

  async result(input: Input<'result'>, options?: CallOptions): ReturnType<ControlPlane['result']> {
    return await getTaskResult(this.seenBy(options), input);
  }

  async wait(input: Input<'wait'>, options?: CallOptions): ReturnType<ControlPlane['wait']> {
    return await waitTask(this.seenBy(options), input, options);
  }

  async watch(input: Input<'watch'>, options?: CallOptions): ReturnType<ControlPlane['watch']> {
    return await watchTasks(this.seenBy(options), input, options);
  }

  send(input: Input<'send'>, options?: CallOptions): ReturnType<ControlPlane['send']> {
    return this.audited('send', { input, options }, (seen) => sendMessage(seen, input));
  }

  cancel(input: Input<'cancel'>, options?: CallOptions): ReturnType<ControlPlane['cancel']> {
    return this.audited('cancel', { input, options }, (seen) => cancelTask(seen, input));
  }

  async runtimes(input: Input<'runtimes'>): ReturnType<ControlPlane['runtimes']> {
    return listRuntimes(this.operations, input);
  }

  check(input: Input<'check'>, options?: CallOptions): ReturnType<ControlPlane['check']> {
    return checkCloudAgentRuntime(this.operations, input, options);
  }

  gc(input: Input<'gc'>, options?: CallOptions): ReturnType<ControlPlane['gc']> {
    return this.audited('gc', { input, options }, async (seen, audit) => {
      if (options?.caller?.subject !== undefined) throw localOnly('Garbage collection');
      const answer = await collectGarbage(seen, input, options);
      const removed = answer.findings.filter(({ action }) => action === 'removed').length;
      if (answer.applied) await audit.swept(answer.findings.length, removed);
      return answer;
    });
  }

  close(): Promise<void> {
    return this.end();
  }

  private seenBy(options: CallOptions = {}): Operations {
    return forCaller(this.operations, options.caller ?? {});
  }

  /** What is refused is told too; what is done, as soon as it is durable (caller-store.ts). */
  private async audited<Answer>(
    operation: AuditedOperation,
    { input, options = {} }: { input: unknown; options: CallOptions | undefined },
    run: (seen: Operations, audit: Audit) => Promise<Answer>,
  ): Promise<Answer> {
    const { caller = {} } = options;
    const { audit: trail, store, logger } = this.operations;
    const audit = new Audit(trail, { operation, caller, logger, now: () => store.now() });
    try {
      return await run(forCaller(this.operations, caller, audit), audit);
    } catch (error) {
      await audit.refused(input, error);
      throw error;
    }
  }
}
