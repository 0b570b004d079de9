// The program agentdispatch-worker: reads its command line, serves until it is told to stop.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ConfigurationError, readSettings, SCALARS, type Given, type Scalar } from './configuration/read-settings.js';
import { messageOf } from './system-error.js';
import { startWorker } from './worker.js';

const usage = `Usage: agentdispatch-worker serve [--config <file>] [--protocol http|a2a|mcp|ag-ui] [--host <address>]
         [--port <number>] [--port-file <file>] [--token-file <file>] [--data-directory <path>]
         [--working-directory <path>] [--directory-per-run true|false] [--default-agent <name>]

Runs agents for AgentDispatch. Every option may stand in the file or in an environment variable instead:
AGENTDISPATCH_WORKER_CONFIG names the file (or is its JSON), AGENTDISPATCH_WORKER_PORT the port, and so on.
`;

const optionName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** @returns the exit code: 0, 1 when something failed, 2 for a wrong command line or configuration. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readArguments(args);
    if (options === 'help') return await print(usage);
    const settings = readSettings({ options, environment: process.env, directory: process.cwd() });
    const worker = await startWorker(settings, { environment: process.env, now: Date.now });
    await signalled();
    await worker.close();
    return 0;
  } catch (error) {
    const text = messageOf(error)
      .split('\n')
      .map((line) => `agentdispatch-worker: ${line}\n`)
      .join('');
    process.stderr.write(text);
    return error instanceof ConfigurationError ? 2 : 1;
  }
}

function readArguments(args: readonly string[]): Given['options'] | 'help' {
  const names = ['config', ...SCALARS] as const;
  const options = Object.fromEntries(names.map((name) => [optionName(name), { type: 'string' as const }]));
  const { values, positionals } = parse(args, { ...options, help: { type: 'boolean', short: 'h' } });
  if (values['help']) return 'help';
  if (positionals.join(' ') !== 'serve') throw new ConfigurationError(['the one command is serve; see --help']);
  const given: Partial<Record<Scalar | 'config', string>> = {};
  for (const name of names) {
    const value = values[optionName(name)];
    if (typeof value === 'string') given[name] = value;
  }
  return given;
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

const signalled = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });

const print = (text: string): Promise<number> =>
  new Promise((resolve) => void process.stdout.write(text, () => resolve(0)));
