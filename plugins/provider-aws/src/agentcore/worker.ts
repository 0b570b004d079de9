// Whether AgentDispatch's own worker is the agent behind the session. Pure.
import type { DispatchRequest } from '@agent-dispatch/core/provider';

/** It is told each task's variables and secrets when the task begins: none of them is the runtime's. */
export const runsWorker = ({ target, taskType }: Pick<DispatchRequest, 'target' | 'taskType'>): boolean =>
  taskType === 'agent.run' && target.details?.['worker'] === true;
