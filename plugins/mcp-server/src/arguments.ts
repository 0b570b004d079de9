// The command line of agentdispatch-mcp.
import { parseArgs } from 'node:util';

export interface Arguments {
  config?: string;
  engine?: 'dispatcher' | 'inline';
  check: boolean;
  version: boolean;
  help: boolean;
}

/** A command line that cannot be meant; `message` says why. */
export interface UsageError {
  message: string;
}

const options = {
  config: { type: 'string' },
  engine: { type: 'string' },
  check: { type: 'boolean', default: false },
  version: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const usage = `Usage: agentdispatch-mcp [--config <path>] [--engine dispatcher|inline]
       agentdispatch-mcp --check [--config <path>]

The AgentDispatch MCP server: speaks MCP on stdin and stdout. A client starts it; see --check to try it by hand.

  --config <path>    configuration file; default: searched from the working directory upwards
  --engine <where>   dispatcher (default): tasks outlive this process. inline: they run inside it
  --check            connect, report on stderr what works and what does not, exit 0 or 1
  --version          print the version
  --help             print this
`;

export async function readArguments(args: readonly string[]): Promise<Arguments | UsageError> {
  const unknown = args.find((arg) => arg.startsWith('-') && !isKnown(arg));
  if (unknown !== undefined) return { message: `unknown option ${unknown}${await suggestion(unknown)}` };
  try {
    const { engine, ...rest } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
    if (engine === undefined || engine === 'dispatcher' || engine === 'inline') return { ...rest, engine };
    return { message: `--engine is dispatcher or inline, not "${engine}"` };
  } catch (error) {
    return { message: (error as Error).message };
  }
}

const nameOf = (arg: string): string => arg.replace(/^--?/, '').replace(/=.*$/s, '');

const isKnown = (arg: string): boolean => ['v', 'h'].includes(nameOf(arg)) || Object.hasOwn(options, nameOf(arg));

async function suggestion(arg: string): Promise<string> {
  const { nearest } = await import('@agent-dispatch/schemas');
  const name = nearest(nameOf(arg), Object.keys(options));
  return name === undefined ? '' : `; did you mean --${name}?`;
}
