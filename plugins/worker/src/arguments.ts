// The command line of agentdispatch-worker.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ConfigurationError, SCALARS, type Given, type Scalar } from './configuration/read-settings.js';
import { messageOf } from './system-error.js';

export const usage = `Usage: agentdispatch-worker serve [--config <file>] [--protocol http|a2a|mcp|ag-ui] [--host <address>]
         [--port <number>] [--port-file <file>] [--token-file <file>] [--data-directory <path>]
         [--working-directory <path>] [--sessions-directory <path>] [--directory-per-run true|false]
         [--default-agent <name>]
       agentdispatch-worker job [the same options] < task.json
       agentdispatch-worker check [the same options]

Runs agents for AgentDispatch. job carries out one task and prints its events; check only tells whether the
configuration is in order. Every option may stand in the file or in an environment variable instead:
AGENTDISPATCH_WORKER_CONFIG names the file (or is its JSON), AGENTDISPATCH_WORKER_PORT the port, and so on.
`;

const optionName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const COMMANDS = ['serve', 'job', 'check'] as const;
export type Command = (typeof COMMANDS)[number];

export interface Arguments {
  readonly command: Command | 'help';
  readonly options: Given['options'];
}

/** Errors: ConfigurationError. */
export function readArguments(args: readonly string[]): Arguments {
  const names = ['config', ...SCALARS] as const;
  const options = Object.fromEntries(names.map((name) => [optionName(name), { type: 'string' as const }]));
  const { values, positionals } = parse(args, { ...options, help: { type: 'boolean', short: 'h' } });
  if (values['help']) return { command: 'help', options: {} };
  const command = COMMANDS.find((name) => name === positionals.join(' '));
  if (command === undefined) throw new ConfigurationError([`the command is one of ${COMMANDS.join(', ')}; see --help`]);
  const given: Partial<Record<Scalar | 'config', string>> = {};
  for (const name of names) {
    const value = values[optionName(name)];
    if (typeof value === 'string') given[name] = value;
  }
  return { command, options: given };
}

type Options = NonNullable<ParseArgsConfig['options']>;

function parse(
  args: readonly string[],
  options: Options,
): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new ConfigurationError([messageOf(error)]);
  }
}
