// The piece of bash that a request's command becomes. Pure.
import type { DispatchRequest, ErrorFactory } from '@agent-dispatch/core/provider';
import { quote, split } from 'shlex';
import { targetError } from '../problems.js';

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
  if (wrong !== undefined) throw refusal(errors, 'environment', `${wrong} is no name of a variable.`);
  const line = [
    // Nothing runs in another directory than the one asked for.
    ...(workingDirectory === undefined ? [] : [`cd -- ${quote(workingDirectory)} || exit`]),
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`),
    programOf(input, errors),
  ].join('\n');
  if (line.length <= LONGEST_LINE) return line;
  throw refusal(errors, 'command', `The command has ${line.length} characters; the service takes ${LONGEST_LINE}.`);
}

function programOf({ command = [], shell }: DispatchRequest['input'], errors: ErrorFactory): string {
  if (shell === true) {
    if (typeof command === 'string') return command;
    throw refusal(errors, 'command', 'With shell the command is one line, not a list.');
  }
  const words = typeof command === 'string' ? splitLine(command, errors) : command;
  if (!words[0]) throw refusal(errors, 'command', 'The command names no program.');
  return words.map((word) => quote(word)).join(' ');
}

function splitLine(line: string, errors: ErrorFactory): string[] {
  try {
    return split(line);
  } catch (error) {
    const reason = (error as Error).message;
    throw refusal(errors, 'command', `The line cannot be split: ${reason}. Close the quotes, or give a list.`);
  }
}

const refusal = (errors: ErrorFactory, member: string, message: string): Error =>
  targetError([{ pointer: `/input/${member}`, message }], errors);
