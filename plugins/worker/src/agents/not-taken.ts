// Refuses what an agent cannot take: it would be dropped silently. Pure.
import type { WorkerTask } from '@agent-dispatch/schemas';
import { RunRefused } from '../runs/run.js';
import type { Agent } from './agent.js';

/** Errors: RunRefused `refused`, with all that is not taken. */
export function refuseWhatIsNotTaken(task: WorkerTask, agent: Agent, name: string): void {
  const refused = notTaken(task, agent);
  if (refused.length > 0) throw new RunRefused('refused', `The agent ${name} does not take ${refused.join(', nor ')}.`);
}

function notTaken({ model, tools, outputSchema }: WorkerTask, agent: Agent): string[] {
  const readsTask = agent.output === 'events' || agent.input === 'json';
  const accepts = readsTask ? (agent.accepts ?? []) : [];
  return [
    ...(model === undefined || agent.modelArguments || accepts.includes('model') ? [] : ['a model']),
    ...(!tools || accepts.includes('tools') ? [] : toolsNotTaken(tools, agent)),
    ...(!outputSchema || agent.outputSchemaArguments || accepts.includes('outputSchema') ? [] : ['an output schema']),
  ];
}

function toolsNotTaken(tools: NonNullable<WorkerTask['tools']>, { toolArguments = {} }: Agent): string[] {
  const known = Object.keys(toolArguments);
  const strange = Object.keys(tools).filter((key) => !known.includes(key));
  if (strange.length === 0) return [];
  return known.length === 0 ? ['tools'] : [`tools.${strange.join(', tools.')} (only ${known.join(', ')})`];
}
