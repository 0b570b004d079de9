// How an agent is told its task: as prose, or as one line of JSON. Pure; both are described in the package's README.
import type { WorkerTask } from '@agent-dispatch/schemas';

export function proseOf({ instruction, context }: WorkerTask): string {
  if (!context) return instruction;
  return `${instruction}\n\nContext (JSON):\n${JSON.stringify(context, null, 2)}\n`;
}

/** Environment and secrets are the agent's variables, so they are not repeated here; nor is the content of its files. */
export function envelopeOf(task: WorkerTask): string {
  const { invocationId, taskId, attempt, instruction, context, model, tools, outputSchema, artifacts = [] } = task;
  const inputs = (task.inputs ?? []).map(({ path }) => path);
  const told = { type: 'task', invocationId, taskId, attempt, instruction, context, model, tools, outputSchema };
  return `${JSON.stringify({ ...told, inputs, artifacts, deadlineAt: task.deadlineAt })}\n`;
}
