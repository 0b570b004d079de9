// From the configuration file, the environment and the command line to settings. All problems are told at once.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { validate, type WorkerConfig, type WorkerConfigAgent } from '@agent-dispatch/schemas';
import type { Agent } from '../agents/agent.js';
import { builtIns, type BuiltIn } from '../agents/built-ins.js';
import { messageOf } from '../system-error.js';
import { LIMITS, PORTS, type Settings } from './settings.js';

/** What is wrong with the configuration, one line each. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

const PREFIX = 'AGENTDISPATCH_WORKER_';
const PATHS = ['portFile', 'tokenFile', 'dataDirectory', 'workingDirectory', 'sessionsDirectory'] as const;
/** What may be given outside the file, as text. */
export const SCALARS = ['protocol', 'host', 'port', ...PATHS, 'directoryPerRun', 'defaultAgent'] as const;
export type Scalar = (typeof SCALARS)[number];

export interface Given {
  /** Of the command line. `config` is the path of the file. */
  readonly options: Readonly<Partial<Record<Scalar | 'config', string>>>;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly directory: string;
}

/** Errors: ConfigurationError. */
export function readSettings({ options, environment, directory }: Given): Settings {
  const { config, base, source } = readFile(options.config ?? environment[`${PREFIX}CONFIG`], directory);
  const problems = validate('WorkerConfig', config).map(({ pointer, message, hint }) =>
    problem(source, pointer, message, hint),
  );
  const given = { ...fromEnvironment(environment, problems), ...options };
  delete given.config;
  const scalars = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, valueOf(name, text)]));
  for (const { pointer, message } of validate('WorkerConfig', scalars))
    problems.push(problem('options', pointer, message));
  if (problems.length > 0) throw new ConfigurationError(problems);
  const merged = { ...absolute(config as WorkerConfig, base), ...absolute(scalars, directory) };
  return settle(merged, directory, source);
}

const problem = (source: string, pointer: string, message: string, hint?: string): string =>
  `${source}${pointer === '' ? '' : ` ${pointer}`}: ${message}${hint === undefined ? '' : ` (${hint})`}`;

function readFile(named: string | undefined, directory: string): { config: unknown; base: string; source: string } {
  if (named === undefined) return { config: {}, base: directory, source: 'configuration' };
  const isInline = named.trimStart().startsWith('{');
  const path = resolve(directory, isInline ? '.' : named);
  const source = isInline ? `${PREFIX}CONFIG` : path;
  try {
    const config = JSON.parse(isInline ? named : readFileSync(path, 'utf8')) as unknown;
    return { config, base: isInline ? directory : dirname(path), source };
  } catch (error) {
    throw new ConfigurationError([`${source}: ${messageOf(error)}`]);
  }
}

function fromEnvironment(
  environment: Readonly<NodeJS.ProcessEnv>,
  problems: string[],
): Partial<Record<Scalar | 'config', string>> {
  const names = new Map(SCALARS.map((name) => [PREFIX + name.replace(/[A-Z]/g, '_$&').toUpperCase(), name]));
  const given: Partial<Record<Scalar, string>> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || variable === `${PREFIX}CONFIG`) continue;
    const name = names.get(variable);
    if (name === undefined)
      problems.push(`${variable}: there is no such variable; known are ${[...names.keys()].join(', ')}`);
    else given[name] = value;
  }
  return given;
}

function valueOf(name: string, text: string): unknown {
  if (name === 'port' && /^\d+$/.test(text)) return Number(text);
  if (name === 'directoryPerRun' && ['true', 'false'].includes(text)) return text === 'true';
  return text;
}

function absolute(config: WorkerConfig, base: string): WorkerConfig {
  const paths: Partial<Record<(typeof PATHS)[number], string>> = {};
  for (const name of PATHS) {
    const path = config[name];
    if (path !== undefined) paths[name] = resolve(base, path);
  }
  return { ...config, ...paths };
}

/** Arguments that fit behind the command that is known may not fit behind another one. */
function knownFor(builtIn: BuiltIn, { command }: WorkerConfigAgent): WorkerConfigAgent {
  const known = builtIns[builtIn];
  if (!command) return known;
  const { resumeArguments: _, ...rest } = known;
  return rest;
}

function settle(config: WorkerConfig, directory: string, source: string): Settings {
  const problems: string[] = [];
  const agents = new Map<string, Agent>();
  for (const [name, { builtIn, ...own }] of Object.entries(config.agents ?? {})) {
    const { command, ...rest } = {
      input: 'text',
      output: 'text',
      ...(builtIn && knownFor(builtIn, own)),
      ...own,
    } as const;
    if (command) agents.set(name, { ...rest, command });
    else problems.push(problem(source, `/agents/${name}`, 'it needs a command, or builtIn'));
  }
  const only = agents.size === 1 ? [...agents.keys()][0] : undefined;
  const defaultAgent = config.defaultAgent ?? only;
  if (defaultAgent !== undefined && !agents.has(defaultAgent) && problems.length === 0) {
    problems.push(problem(source, '/defaultAgent', `there is no agent ${defaultAgent}`));
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  const protocol = config.protocol ?? 'http';
  const { host = '0.0.0.0', port = PORTS[protocol], portFile, tokenFile, directoryPerRun = true } = config;
  const { dataDirectory = resolve(directory, '.agentdispatch-worker'), workingDirectory = directory } = config;
  const { sessionsDirectory = join(dataDirectory, 'sessions') } = config;
  const limits = { ...LIMITS, ...config.limits };
  return {
    protocol,
    host,
    port,
    portFile,
    tokenFile,
    directoryPerRun,
    dataDirectory,
    workingDirectory,
    sessionsDirectory,
    agents,
    defaultAgent,
    limits,
  };
}
