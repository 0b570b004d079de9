// The program agentdispatch-mcp: reads its command line and loads what that asks for, nothing more.
import { readArguments, usage, type Arguments } from './arguments.js';

/** @returns the exit code: 0, 1 when something failed, 2 for a wrong command line. */
export async function main(args: readonly string[]): Promise<number> {
  const given = await readArguments(args);
  if ('message' in given) return fail(`${given.message}\n\n${usage}`, 2);
  if (given.help) return print(usage);
  if (given.version) return print(`${(await import('./package-info.js')).packageInfo().version}\n`);
  return given.check ? runCheck(given) : serve(given);
}

async function serve({ config, engine, http }: Arguments): Promise<number> {
  const settings = { configPath: config, engine };
  try {
    if (http === undefined) await (await import('./stdio-server.js')).runStdioServer(settings);
    else await (await import('./http-server.js')).runHttpServer({ ...settings, address: http });
    return 0;
  } catch (error) {
    const { inOneLine, toDispatchError } = await import('@agent-dispatch/core/errors');
    const told = toDispatchError(error);
    return fail(`${told.code}: ${inOneLine(told)}\n`, 1);
  }
}

async function runCheck({ config, engine }: Arguments): Promise<number> {
  const { check } = await import('./check.js');
  const ok = await check({ configPath: config, engine }, (line) => void process.stderr.write(`${line}\n`));
  return ok ? 0 : 1;
}

async function print(text: string): Promise<number> {
  await put(process.stdout, text);
  return 0;
}

async function fail(text: string, code: number): Promise<number> {
  await put(process.stderr, `agentdispatch-mcp: ${text}`);
  return code;
}

/** Resolves when the text is out of this process, which may end next. */
const put = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => void stream.write(text, () => resolve()));
