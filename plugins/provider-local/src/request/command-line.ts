// Which program runs with which arguments. Pure.
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { split } from 'shlex';
import { UnusableRequest } from '../failures.js';
import type { Details } from './details.js';
import { messageOf } from '../attempt/system-error.js';

/** Linux limits one argument to 131,072 bytes. */
const LONGEST_ARGUMENT = 128_000;

const AGENT_HINT =
  'Set target.details.command to the agent and its arguments, for example ["claude", "-p"], in the request or its runtime profile.';

export interface CommandLine {
  readonly program: string;
  readonly arguments: readonly string[];
}

export function agentCommand(details: Details, prompt: string): CommandLine {
  const pointer = '/target/details/command';
  if (details.command === undefined) throw unusable(pointer, 'agent.run needs the command of an agent.', AGENT_HINT);
  const { program, arguments: options } = toCommandLine(pointer, details.command);
  if (details.promptVia === 'stdin') return { program, arguments: options };
  if (Buffer.byteLength(prompt) > LONGEST_ARGUMENT) {
    throw unusable(
      '/input/instruction',
      'The task is too long for an argument.',
      'Set target.details.promptVia to stdin.',
    );
  }
  return { program, arguments: [...options, prompt] };
}

export function plainCommand({ command, shell }: DispatchRequest['input']): CommandLine {
  const pointer = '/input/command';
  if (command === undefined) throw unusable(pointer, 'command.run needs a command.');
  if (!shell) return toCommandLine(pointer, command);
  if (typeof command === 'string') return { program: '/bin/sh', arguments: ['-c', command] };
  throw unusable(pointer, 'With shell the command is one line, not a list.', 'Give the line as a string.');
}

function toCommandLine(pointer: string, command: string | readonly string[]): CommandLine {
  const [program, ...rest] = splitCommand(pointer, command);
  return { program, arguments: rest };
}

/** Program and arguments. @param pointer of the command, for errors: UnusableRequest. */
export function splitCommand(pointer: string, command: string | readonly string[]): [string, ...string[]] {
  const [program, ...rest] = typeof command === 'string' ? splitLine(pointer, command) : command;
  if (!program) throw unusable(pointer, 'The command names no program.');
  return [program, ...rest];
}

function splitLine(pointer: string, line: string): string[] {
  try {
    return split(line);
  } catch (error) {
    const reason = messageOf(error);
    throw unusable(pointer, `The line cannot be split: ${reason}.`, 'Close the quotes, or give the command as a list.');
  }
}

const unusable = (pointer: string, message: string, hint?: string): UnusableRequest =>
  new UnusableRequest('AD_PROVIDER_TARGET_INVALID', pointer, message, hint);
