// spawn_cloud_agent: a task for the agent of a runtime profile.
import type { SpawnCloudAgentInput } from '@agent-dispatch/schemas';
import type { CallOptions, DispatchOutcome } from '../control-plane.js';
import { acceptTask } from './accept-task.js';
import type { Operations } from './operation.js';

export async function spawnCloudAgent(
  operations: Operations,
  input: SpawnCloudAgentInput,
  { caller = {}, signal, consent }: CallOptions = {},
): Promise<DispatchOutcome> {
  const outcome = operations.intake.fromSpawn(input, caller);
  return await acceptTask(operations, outcome, { waitSeconds: input.wait_seconds, signal, consent });
}
