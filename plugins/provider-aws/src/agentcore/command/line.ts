// The piece of bash that a request's command becomes. Pure.
import type { DispatchRequest, ErrorFactory } from '@agent-dispatch/core/provider';
import { quote, split } from 'shlex';
import { refuseTarget } from '../problems.js';

/** What the service takes, in characters. */
const LONGEST_LINE = 65_536;

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A command is a list of program and arguments, or a line that is split by quoting rules: neither is expanded by the shell that
 * the service runs it in. With `shell` the line is that shell's own.
 * Errors: AD_PROVIDER_TARGET_INVALID.
 */
export function commandLine({ input }: DispatchRequest, errors: ErrorFactory): string {
  const { environment = {}, workingDirectory } = input;
  const wrong = Object.keys(environment).find((name) => !VARIABLE.test(name));
  if (wrong !== undefined) refuse(errors, '/input/environment', `${wrong} is no name of a variable.`);
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
  const line = [
    // Nothing runs in another directory than the one asked for.
    ...(workingDirectory === undefined ? [] : [`cd -- ${quote(workingDirectory)} || exit`]),
    ...exports,
    programOf(input, errors),
  ].join('\n');
  if (line.length > LONGEST_LINE) {
    refuse(errors, '/input/command', `The command has ${line.length} characters; the service takes ${LONGEST_LINE}.`);
  }
  return line;
}

function programOf({ command, shell }: DispatchRequest['input'], errors: ErrorFactory): string {
  const pointer = '/input/command';
  if (shell === true) {
    if (typeof command === 'string') return command;
    return refuse(errors, pointer, 'With shell the command is one line, not a list.');
  }
  const words = typeof command === 'string' ? splitLine(command, errors, pointer) : (command ?? []);
  if (words[0] === undefined || words[0] === '') return refuse(errors, pointer, 'The command names no program.');
  return words.map((word) => quote(word)).join(' ');
}

function splitLine(line: string, errors: ErrorFactory, pointer: string): string[] {
  try {
    return split(line);
  } catch (error) {
    return refuse(
      errors,
      pointer,
      `The line cannot be split: ${(error as Error).message}. Close the quotes, or give a list.`,
    );
  }
}

function refuse(errors: ErrorFactory, pointer: string, message: string): never {
  refuseTarget([{ pointer, message }], errors);
  throw new TypeError(message);
}
