// How an agent is handed its task: as prose, or as one JSON object. Pure; the shapes are described in the package's README.
import type { DispatchRequest, PlanContext } from '@agent-dispatch/core/provider';

export function promptOf(
  envelope: 'text' | 'json',
  { input }: Pick<DispatchRequest, 'input'>,
  context: Pick<PlanContext, 'taskId' | 'attempt'>,
): string {
  const { instruction = '' } = input;
  if (envelope === 'json') return `${JSON.stringify(jsonEnvelope(input, instruction, context))}\n`;
  if (!input.context) return instruction;
  return `${instruction}\n\nContext (JSON):\n${JSON.stringify(input.context, null, 2)}\n`;
}

function jsonEnvelope(
  { context, inputs = [], artifacts = [] }: DispatchRequest['input'],
  instruction: string,
  { taskId, attempt }: Pick<PlanContext, 'taskId' | 'attempt'>,
): Record<string, unknown> {
  return {
    taskId,
    attempt,
    instruction,
    ...(context && { context }),
    inputs: inputs.map(({ path }) => path),
    artifacts,
  };
}
