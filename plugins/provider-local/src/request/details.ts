// `target.details` of this driver, read with defaults. The manifest describes them; the host has checked them against it.
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { isAbsolute } from 'node:path';
import { UnusableRequest } from '../failures.js';

export interface Details {
  /** Mode session: where the work runs. */
  readonly directory?: string;
  /** agent.run: program and arguments, or a line to split. */
  readonly command?: string | readonly string[];
  readonly promptVia: 'stdin' | 'argument';
  readonly envelope: 'text' | 'json';
  /** events: through the worker alone. */
  readonly output: 'text' | 'json' | 'events';
  /** What of the task as JSON the agent follows; through the worker alone. */
  readonly accepts?: readonly string[];
  /** Mode runtime: the working directory is kept so long after the end, and can be continued in. */
  readonly keepSeconds?: number;
}

const DETAILS = '/target/details';

export function readDetails({ target }: Pick<DispatchRequest, 'target'>): Details {
  const details = target.details ?? {};
  const directory = target.mode === 'session' ? readDirectory(details.directory) : undefined;
  return {
    ...(directory !== undefined && { directory }),
    ...(details.command !== undefined && { command: readCommand(details.command) }),
    promptVia: oneOf(details, 'promptVia', ['stdin', 'argument']),
    envelope: oneOf(details, 'envelope', ['text', 'json']),
    output: oneOf(details, 'output', ['text', 'json', 'events']),
    ...(details.accepts !== undefined && { accepts: readAccepts(details.accepts) }),
    ...(typeof details.keepSeconds === 'number' && { keepSeconds: details.keepSeconds }),
  };
}

function readDirectory(directory: unknown): string {
  if (typeof directory === 'string' && isAbsolute(directory)) return directory;
  throw invalid('directory', 'Mode session needs the absolute path of an existing directory.');
}

function readCommand(command: unknown): string | string[] {
  if (typeof command === 'string') return command;
  if (Array.isArray(command) && command.every((part): part is string => typeof part === 'string')) return command;
  throw invalid('command', 'The agent command is neither a line nor a list of strings.');
}

function readAccepts(accepts: unknown): string[] {
  const isKnown = (part: unknown): part is string => part === 'model' || part === 'tools' || part === 'outputSchema';
  if (Array.isArray(accepts) && accepts.every(isKnown)) return accepts;
  throw invalid('accepts', 'It is no list of model, tools and outputSchema.');
}

/** The first choice is the default. */
function oneOf<Choice extends string>(details: Record<string, unknown>, name: string, choices: [Choice, ...Choice[]]) {
  const value = details[name] ?? choices[0];
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw invalid(name, `It is none of ${choices.join(', ')}.`);
  return choice;
}

const invalid = (name: string, message: string): UnusableRequest =>
  new UnusableRequest('AD_PROVIDER_TARGET_INVALID', `${DETAILS}/${name}`, message);
