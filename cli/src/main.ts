// The program behind bin/agentdispatch.js: runs the command and prints whatever goes wrong, always in one form and with
// the exit code of the registry.
import { flush, run } from '@oclif/core';
import { DispatchError, isDispatchError, toDispatchError } from '@agent-dispatch/core/errors';
import { exitCodeOf } from './exit-codes.js';
import { renderFailure } from './output/failure.js';
import { printJson, printNotice } from './output/print.js';
import { OWN_PLUGINS } from './own-config.js';
import { withFileUrls } from './plugins/package-paths.js';
import { takeBack } from './plugins/take-back.js';

export async function main(args: string[]): Promise<void> {
  try {
    await run(withFileUrls(args, process.cwd()), OWN_PLUGINS);
    await flush();
  } catch (error) {
    process.exitCode = report(error, args);
    if (args[0] === 'plugins') await takeBack().catch((failure: unknown) => void report(failure, args));
  }
}

function report(thrown: unknown, args: readonly string[]): number {
  const exit = wantedExit(thrown);
  if (exit !== undefined) return exit;
  const error = codedError(thrown, args);
  if (wantsJson(args)) printJson({ error: error.toJSON() });
  else printNotice(renderFailure(error));
  return exitCodeOf(error);
}

/** oclif ends a command on purpose by throwing. */
function wantedExit(thrown: unknown): number | undefined {
  const error = thrown as { code?: unknown; oclif?: { exit?: number } };
  return error.code === 'EEXIT' ? (error.oclif?.exit ?? 0) : undefined;
}

/** What oclif and its plugin installer throw has no code of ours. */
function codedError(thrown: unknown, args: readonly string[]): DispatchError {
  if (isDispatchError(thrown)) return thrown;
  if (!(thrown instanceof Error)) return toDispatchError(thrown);
  if ('parse' in thrown) {
    const hint = `Run \`agentdispatch ${commandOf(args)} --help\` for the flags it takes.`;
    return new DispatchError('AD_INPUT_INVALID', withoutAdvice(thrown.message), { hint });
  }
  // Interactive prompts end so on Ctrl-C.
  if (thrown.name === 'ExitPromptError')
    return new DispatchError('AD_INPUT_INVALID', 'The question was not answered; nothing was changed.');
  if (args[0] === 'plugins') return installerError(thrown);
  return toDispatchError(thrown);
}

function installerError(thrown: Error & { suggestions?: string[] }): DispatchError {
  const [suggestion] = thrown.suggestions ?? [];
  return new DispatchError('AD_PLUGIN_INSTALL', withoutAdvice(thrown.message), {
    ...(suggestion !== undefined && { hint: suggestion }),
    cause: thrown,
  });
}

/** The parser ends its messages with advice of its own. */
const withoutAdvice = (message: string): string => message.replace(/\s*See more help with --help\s*$/, '').trim();

const TOPICS = ['config', 'dispatcher', 'mcp', 'plugins'];

function commandOf(args: readonly string[]): string {
  const [command = '', subcommand = ''] = args;
  return TOPICS.includes(command) && /^[a-z]/.test(subcommand) ? `${command} ${subcommand}` : command;
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? args.length : end).includes('--json');
}
