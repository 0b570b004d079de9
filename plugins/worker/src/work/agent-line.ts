// One line of the worker's line protocol, as an agent prints it. Pure: what is no such line is its output like any other.
import { validate, type InputRequest, type WorkerEvent } from '@agent-dispatch/schemas';

/** What may follow from a line. `artifact` names a file of the agent's directory. */
export type AgentLine =
  | (WorkerEvent & { type: 'log' | 'progress' | 'message' | 'ended' })
  | { type: 'input_required'; request: InputRequest }
  | { type: 'input_received'; requestId: string }
  | { type: 'artifact'; name: string };

const RECORDED = ['log', 'progress', 'message', 'input_required', 'input_received', 'ended'];

export function readAgentLine(line: string): AgentLine | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isAgentLine(value) ? value : undefined;
}

function isAgentLine(value: unknown): value is AgentLine {
  if (typeof value !== 'object' || value === null || !('type' in value) || 'seq' in value || 'at' in value)
    return false;
  if (value.type === 'artifact') return 'name' in value && typeof value.name === 'string';
  if (!RECORDED.includes(String(value.type)) || validate('WorkerEvent', value).length > 0) return false;
  return isWhole(value as WorkerEvent);
}

/** The contract names no property that an event of one type must have: that depends on who sends it. */
function isWhole({ type, text, request, requestId, outcome }: WorkerEvent): boolean {
  if (type === 'log' || type === 'message') return text !== undefined;
  if (type === 'input_required') return request !== undefined;
  if (type === 'input_received') return requestId !== undefined;
  if (type === 'ended') return outcome === 'succeeded' || outcome === 'failed';
  return true;
}
