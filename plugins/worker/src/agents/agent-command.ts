// From a task to the program that carries it out. Pure: whatever the agent cannot take is refused here, before anything begins.
import type { WorkerTask } from '@agent-dispatch/schemas';
import { RunRefused } from '../runs/run.js';
import type { Agent, AgentCommand } from './agent.js';
import { environmentOf } from './environment.js';
import { envelopeOf, proseOf } from './instruction.js';
import { refuseWhatIsNotTaken } from './not-taken.js';

/** Linux limits one argument to 131,072 bytes. */
const LONGEST_ARGUMENT = 128_000;

export interface AgentPlace {
  /** Name of the agent, for messages. */
  readonly name: string;
  /** Of the worker. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Where the file with the output schema will be. */
  readonly outputSchema: string;
  /** The agent's own name for the conversation to go on with. */
  readonly session?: string;
}

/** Errors: RunRefused `refused`, `invalid`. */
export function agentCommand(task: WorkerTask, agent: Agent, place: AgentPlace): AgentCommand {
  refuseWhatIsNotTaken(task, agent, place.name);
  const [program = '', ...args] = commandOf(task, agent);
  const { outputSchema } = task;
  return {
    program,
    arguments: [...args, ...resuming(agent, place), ...optionsOf(task, agent, place)],
    environment: environmentOf(task, agent.environment ?? [], place.environment),
    input: inputOf(task, agent),
    takesMessages: agent.output === 'events',
    output: agent.output === 'text' && outputSchema ? 'json' : agent.output,
    result: (outputSchema && agent.structuredResult) ?? agent.result,
    ...(agent.failure !== undefined && { failure: agent.failure }),
    ...(outputSchema && { outputSchema: JSON.stringify(outputSchema) }),
  };
}

const resuming = ({ resumeArguments }: Agent, { session }: AgentPlace): string[] =>
  session === undefined ? [] : filled(resumeArguments, { session });

function commandOf(task: WorkerTask, { command, input, output }: Agent): string[] {
  const { invocationId } = task;
  if (input !== 'argument' || output === 'events') return filled(command, { invocationId });
  const prose = proseOf(task);
  // Whatever an instruction begins with, it must not be taken for an option.
  const prompt = prose.startsWith('-') ? ` ${prose}` : prose;
  const isPlaced = command.some((part) => part.includes('{prompt}'));
  return filled(isPlaced ? command : [...command, '{prompt}'], { invocationId, prompt });
}

function inputOf(task: WorkerTask, { input, output }: Agent): string | undefined {
  if (output === 'events' || input === 'json') return envelopeOf(task);
  return input === 'argument' ? undefined : proseOf(task);
}

function optionsOf({ model, tools = {}, outputSchema }: WorkerTask, agent: Agent, place: AgentPlace): string[] {
  const options: string[] = [];
  if (model !== undefined) options.push(...filled(agent.modelArguments, { model: word(model) }));
  if (outputSchema) {
    const values = { schema: JSON.stringify(outputSchema), schemaFile: place.outputSchema };
    options.push(...filled(agent.outputSchemaArguments, values));
  }
  for (const [key, value] of Object.entries(tools)) {
    const part = Array.isArray(value) ? value.map(textOf).join(',') : textOf(value);
    options.push(...filled(agent.toolArguments?.[key], { value: word(part) }));
  }
  return options;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A task gives values, never options. */
function word(value: string): string {
  if (!value.startsWith('-')) return value;
  throw new RunRefused('invalid', 'The model and the values of tools must not begin with a hyphen.');
}

function filled(parts: readonly string[] = [], values: Readonly<Record<string, string>>): string[] {
  return parts.map((part) => {
    const text = part.replace(/\{(\w+)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
    );
    if (text.includes('\0')) throw new RunRefused('invalid', 'An argument of the agent would hold a NUL character.');
    if (Buffer.byteLength(text) <= LONGEST_ARGUMENT) return text;
    throw new RunRefused('refused', 'The task is too long for an argument of the agent.');
  });
}
