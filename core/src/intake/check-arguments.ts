// Judges a call's arguments by the tool's schema and by the stricter contract of the request they become, all at once.
// What they name (runtimes, accounts, drivers) is looked up later, with better answers than a pattern could give.
import { validate, type ContractName, type DispatchRequest, type Problem } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { Call, ToolName } from './call.js';
import { checkFiles } from './check-files.js';

const CONTRACTS: Record<ToolName, ContractName> = {
  spawn_cloud_agent: 'SpawnCloudAgentInput',
  dispatch_task: 'DispatchTaskInput',
};

/** Stands for what is looked up later, so that the rest can be judged by the request's contract now. */
const LATER: DispatchRequest = {
  taskType: 'agent.run',
  capability: 'agent-runtime',
  account: 'later',
  target: { mode: 'session', protocol: 'http' },
  input: {},
  limits: {},
  retry: {},
};

const LOOKED_UP = new Set(['taskType', 'capability', 'account', 'provider', 'driver', 'runtime', 'target']);

/** Errors: AD_INPUT_INVALID with every problem, pointers into the caller's own arguments. */
export function checkArguments(call: Call): void {
  const byTool = validate(CONTRACTS[call.tool], call.given);
  const told = new Set(byTool.map(({ pointer }) => pointer));
  const byRequest = requestProblems(call).filter(({ pointer }) => !told.has(pointer));
  const byMeaning = byTool.length + byRequest.length === 0 ? [...checkFiles(call), ...checkTaskType(call)] : [];
  refuse([...byTool, ...byRequest, ...byMeaning]);
}

/** Errors: AD_INPUT_INVALID, unless there is no problem. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const places = problems.map(({ pointer, message }) => `${pointer === '' ? 'the arguments' : pointer} ${message}`);
  const more = places.length > 3 ? ` (and ${String(places.length - 3)} more)` : '';
  throw new DispatchError('AD_INPUT_INVALID', `Invalid arguments: ${places.slice(0, 3).join('; ')}${more}.`, {
    problems: [...problems],
  });
}

function requestProblems(call: Call): Problem[] {
  const { inputs, ...input } = call.wanted.input;
  const parts = Object.entries(call.wanted).filter(([name]) => !LOOKED_UP.has(name));
  const problems = validate('DispatchRequest', { ...LATER, ...Object.fromEntries(parts), input });
  return [...problems, ...inputProblems(inputs)].map((problem) =>
    explained({ ...problem, pointer: call.pointerTo(problem.pointer) }),
  );
}

/** What is no list was refused by the tool's schema. */
function inputProblems(inputs: unknown): Problem[] {
  if (!Array.isArray(inputs)) return [];
  return inputs.flatMap((source, index) =>
    validate('InputSource', source).map((problem) => ({
      ...problem,
      pointer: `/input/inputs/${String(index)}${problem.pointer}`,
    })),
  );
}

const explained = (problem: Problem): Problem =>
  problem.pointer === '/continue_from' || problem.pointer === '/parent'
    ? { ...problem, message: 'is no task id', hint: 'give a task_id as list_tasks shows it' }
    : problem;

/** Refused rather than dropped: each task type has its own kind of work. */
function checkTaskType(call: Call): Problem[] {
  const { taskType, input } = call.wanted;
  const foreign = taskType === 'agent.run' ? (['command', 'shell'] as const) : (['instruction'] as const);
  if (taskType === undefined) return [];
  return foreign
    .filter((name) => input[name] !== undefined && input[name] !== false)
    .map((name) => ({
      pointer: call.pointerTo(`/input/${name}`),
      message: `does not belong to task type ${taskType}`,
    }));
}
