// The command line of agentdispatch-mcp.
import { parseArgs } from 'node:util';
import { readAddress, type ListenAddress } from './http/address.js';

export interface Arguments {
  config?: string;
  engine?: 'dispatcher' | 'inline';
  /** Serve HTTP there instead of stdio. */
  http?: ListenAddress;
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
  http: { type: 'string' },
  check: { type: 'boolean', default: false },
  version: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const usage = `Usage: agentdispatch-mcp [--config <path>] [--engine dispatcher|inline]
       agentdispatch-mcp --http <address> [--config <path>] [--engine dispatcher|inline]
       agentdispatch-mcp --check [--config <path>]

The AgentDispatch MCP server: speaks MCP on stdin and stdout. A client starts it; see --check to try it by hand.
With --http it serves any number of clients over HTTP, each with a bearer token of mcp.http.tokens in the configuration.

  --config <path>    configuration file; default: searched from the working directory upwards
  --engine <where>   dispatcher (default): tasks outlive this process. inline: they run inside it
  --http <address>   serve HTTP there, at /mcp: a port, 127.0.0.1:<port>, [::1]:<port> or <name>:<port>
  --check            connect, report on stderr what works and what does not, exit 0 or 1
  --version          print the version
  --help             print this
`;

export async function readArguments(args: readonly string[]): Promise<Arguments | UsageError> {
  const unknown = args.find((arg) => arg.startsWith('-') && !isKnown(arg));
  if (unknown !== undefined) return { message: `unknown option ${unknown}${await suggestion(unknown)}` };
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
    const { engine, http, ...rest } = values;
    if (engine !== undefined && engine !== 'dispatcher' && engine !== 'inline')
      return { message: `--engine is dispatcher or inline, not "${engine}"` };
    if (http === undefined) return { ...rest, engine };
    const address = readAddress(http);
    if (address === undefined) return { message: `--http is a port or an address with a port, not "${http}"` };
    if (rest.check) return { message: '--check does not go together with --http' };
    return { ...rest, engine, http: address };
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
