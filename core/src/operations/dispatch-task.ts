// dispatch_task: a task on an exact target, or with `explain` only the decision about it.
import type { DispatchTaskInput } from '@agent-dispatch/schemas';
import type { CallOptions, DispatchOutcome, Explanation } from '../control-plane.js';
import { acceptTask } from './accept-task.js';
import type { Operations } from './operation.js';

export async function dispatchTask(
  operations: Operations,
  input: DispatchTaskInput,
  { caller = {}, signal, consent }: CallOptions = {},
): Promise<DispatchOutcome | Explanation> {
  if (input.explain === true) return operations.intake.explainDispatch(input, caller);
  const outcome = operations.intake.fromDispatch(input, caller);
  return await acceptTask(operations, outcome, { waitSeconds: input.wait_seconds, signal, consent });
}
