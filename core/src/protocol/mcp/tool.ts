// Which tool of the server does the work, and what of the task becomes which of its arguments.
import type { DispatchRequest } from '@agent-dispatch/schemas';
import type { Tool } from '@modelcontextprotocol/client';
import { isRecord } from '../../config/record.js';
import { DispatchError } from '../../errors/index.js';

/** The name by convention, which AgentDispatch's own worker uses. */
const RUN_AGENT = 'run_agent';
/** Properties that take an instruction, in order of preference. */
const INSTRUCTION_NAMES = ['prompt', 'instruction', 'task', 'query', 'input', 'message'];
const NAMED = 50;

/** Errors: AD_INPUT_INVALID, which names the tools. */
export function chooseTool(tools: readonly Tool[], wanted: unknown): Tool {
  const names = tools.slice(0, NAMED).map(({ name }) => name.slice(0, 100));
  const known = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`;
  if (wanted !== undefined) {
    const named = tools.find(({ name }) => name === wanted);
    if (named) return named;
    throw invalid(`The agent has no tool ${JSON.stringify(wanted)}. ${known}`, names);
  }
  const [only, ...others] = tools;
  const chosen = only && others.length === 0 ? only : tools.find(({ name }) => name === RUN_AGENT);
  if (chosen) return chosen;
  throw invalid(`Which tool of the agent does the work must be said in target.details.tool. ${known}`, names);
}

export interface Arguments {
  readonly values: Readonly<Record<string, unknown>>;
  /** Members of the context that the tool has no property for. */
  readonly leftOut: readonly string[];
}

/** Errors: AD_INPUT_INVALID, which names what the tool wants and does not get. */
export function argumentsFor(tool: Tool, { instruction = '', context = {} }: DispatchRequest['input']): Arguments {
  const { properties = {}, required = [] } = tool.inputSchema;
  const takesWhole = typeIn(properties['context']) === 'object' && !Object.hasOwn(context, 'context');
  const same = Object.entries(context).filter(([name]) => Object.hasOwn(properties, name));
  const given = new Set(same.map(([name]) => name));
  const property = instructionProperty(properties, required, given);
  const title = tool.name.slice(0, 100);
  if (property === undefined) {
    const names = Object.keys(properties).slice(0, NAMED);
    throw invalid(`The tool ${title} has no property that takes an instruction; it takes ${listed(names)}.`, names);
  }
  const whole = takesWhole && Object.keys(context).length > 0;
  const values = { ...Object.fromEntries(same), ...(whole && { context }), [property]: instruction };
  const missing = required.filter((name) => !Object.hasOwn(values, name)).slice(0, NAMED);
  if (missing.length > 0) {
    throw invalid(`The tool ${title} also needs ${listed(missing)}: give them as members of the context.`, missing);
  }
  return { values, leftOut: whole ? [] : Object.keys(context).filter((name) => !given.has(name)) };
}

/** @param given what the context fills in. */
function instructionProperty(
  properties: object,
  required: readonly string[],
  given: ReadonlySet<string>,
): string | undefined {
  const texts = Object.entries(properties).flatMap(([name, schema]) => (typeIn(schema) === 'string' ? [name] : []));
  const [only, ...others] = texts.filter((name) => required.includes(name) && !given.has(name));
  if (only !== undefined && others.length === 0) return only;
  return INSTRUCTION_NAMES.find((name) => texts.includes(name));
}

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'nothing' : names.map((name) => name.slice(0, 100)).join(', ');

const typeIn = (schema: unknown): unknown => (isRecord(schema) ? schema['type'] : undefined);

const invalid = (message: string, names: readonly string[]): DispatchError =>
  new DispatchError('AD_INPUT_INVALID', message, { details: { names } });
