// From a task to the program that carries it out. Pure: whatever the agent cannot take is refused here, before anything begins.
import type { WorkerTask } from '@agent-dispatch/schemas';
import { RunRefused } from '../runs/run.js';
import type { Agent, AgentCommand } from './agent.js';
import { environmentOf } from './environment.js';
import { envelopeOf, proseOf } from './instruction.js';

/** Linux limits one argument to 131,072 bytes. */
const LONGEST_ARGUMENT = 128_000;

export interface AgentPlace {
  /** Name of the agent, for messages. */
  readonly name: string;
  /** Of the worker. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Where the file with the output schema will be. */
  readonly outputSchema: string;
}

/** Errors: RunRefused `refused`, `invalid`. */
export function agentCommand(task: WorkerTask, agent: Agent, place: AgentPlace): AgentCommand {
  refuseWhatIsNotTaken(task, agent, place.name);
  const [program = '', ...given] = agent.command;
  const args = [...given, ...optionsOf(task, agent, place)];
  const isEvents = agent.output === 'events';
  const input = isEvents || agent.input === 'json' ? envelopeOf(task) : proseOf(task);
  if (!isEvents && agent.input === 'argument') args.push(argument(input));
  const schemaFile = agent.outputSchemaArguments?.some((part) => part.includes('{schemaFile}')) ?? false;
  return {
    program,
    arguments: args,
    environment: environmentOf(task, agent.environment ?? [], place.environment),
    input: !isEvents && agent.input === 'argument' ? undefined : input,
    takesMessages: isEvents,
    output: agent.output,
    result: (task.outputSchema && agent.structuredResult) ?? agent.result,
    ...(task.outputSchema && schemaFile && { outputSchema: JSON.stringify(task.outputSchema) }),
  };
}

function refuseWhatIsNotTaken({ model, tools, outputSchema }: WorkerTask, agent: Agent, name: string): void {
  const accepts = agent.output === 'events' || agent.input === 'json' ? (agent.accepts ?? []) : [];
  const refused: string[] = [];
  if (model !== undefined && !agent.modelArguments && !accepts.includes('model')) refused.push('a model');
  if (outputSchema && !agent.outputSchemaArguments && !accepts.includes('outputSchema'))
    refused.push('an output schema');
  if (tools && !accepts.includes('tools')) {
    const known = Object.keys(agent.toolArguments ?? {});
    const strange = Object.keys(tools).filter((key) => !known.includes(key));
    if (known.length === 0) refused.push('tools');
    else if (strange.length > 0) refused.push(`the tools ${strange.join(', ')} (only ${known.join(', ')})`);
  }
  if (refused.length > 0) throw new RunRefused('refused', `The agent ${name} does not take ${refused.join(', nor ')}.`);
}

function optionsOf({ model, tools = {}, outputSchema }: WorkerTask, agent: Agent, place: AgentPlace): string[] {
  const options: string[] = [];
  if (model !== undefined) options.push(...filled(agent.modelArguments, { model }));
  if (outputSchema) {
    const values = { schema: JSON.stringify(outputSchema), schemaFile: place.outputSchema };
    options.push(...filled(agent.outputSchemaArguments, values));
  }
  for (const [key, value] of Object.entries(tools)) {
    options.push(...filled(agent.toolArguments?.[key], { value: wordOf(value) }));
  }
  return options;
}

const filled = (parts: readonly string[] = [], values: Readonly<Record<string, string>>): string[] =>
  parts.map((part) =>
    argument(
      part.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? '') : whole)),
    ),
  );

function wordOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isList ? value.join(',') : JSON.stringify(value);
}

function argument(text: string): string {
  if (text.includes('\0')) throw new RunRefused('invalid', 'An argument of the agent would hold a NUL character.');
  if (Buffer.byteLength(text) <= LONGEST_ARGUMENT) return text;
  throw new RunRefused('refused', 'The task is too long for an argument; configure the agent to read standard input.');
}
