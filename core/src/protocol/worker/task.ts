// What AgentDispatch's worker is told of a run, made from a task: the same for every protocol, and the same each time it is told.
import { createHash } from 'node:crypto';
import type { WorkerInput, WorkerTask } from '@agent-dispatch/schemas';
import type { Channel, DriverContext } from '../../provider/index.js';

/** Names one attempt's run. Whoever asks again, in whatever process, asks by the same name: no second run is begun. */
export function invocationIdOf({
  installationId,
  taskId,
  attempt,
}: Pick<DriverContext, 'installationId' | 'taskId' | 'attempt'>): string {
  const names = JSON.stringify([installationId, taskId, attempt]);
  return `inv_${createHash('sha256').update(names).digest('hex')}`;
}

/**
 * Holds the secrets, without those that the channel uses itself: it is sent to the agent, and never stored or logged.
 * @param inputs of `inlineInputs`, or named alone because they were put there before.
 */
export function workerTask(
  { ownSecrets = [] }: Pick<Channel, 'ownSecrets'>,
  context: DriverContext,
  inputs: readonly WorkerInput[] = [],
): WorkerTask {
  const { taskId, attempt, deadline, request, trace } = context;
  const secrets = Object.entries(context.secrets).filter(([name]) => !ownSecrets.includes(name));
  const { instruction = '', environment, workingDirectory, artifacts, outputSchema } = request.input;
  const { framework, model, tools } = request;
  return {
    invocationId: invocationIdOf(context),
    taskId,
    attempt,
    instruction,
    ...(context.continued && { continues: context.continued.taskId }),
    ...(request.input.context && { context: request.input.context }),
    ...(framework !== undefined && { framework }),
    ...(model !== undefined && { model }),
    ...(tools && { tools }),
    ...(outputSchema && { outputSchema }),
    ...((environment ?? trace) && { environment: { ...traceVariables(trace), ...environment } }),
    ...(secrets.length > 0 && { secrets: Object.fromEntries(secrets) }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    ...(inputs.length > 0 && { inputs: [...inputs] }),
    ...(artifacts && { artifacts }),
    deadlineAt: deadline,
  };
}

/** By the names under which tracing libraries look for it in a process they begin in. */
const traceVariables = (trace: DriverContext['trace']): Record<string, string> => ({
  ...(trace && { TRACEPARENT: trace.traceparent }),
  ...(trace?.tracestate !== undefined && { TRACESTATE: trace.tracestate }),
});
