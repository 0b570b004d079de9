// The ways in: MCP servers that are kept open and command lines that come and go, each a process of its own that may be
// killed in the middle of a call. A call whose answer was lost with its front door, or with the dispatcher, is made again
// through another one.
import type { TaskView, WaitTaskOutput, GetTaskLogsOutput, ListTasksOutput } from '@agent-dispatch/schemas';
import { type CliEnd, type CliRun, startCli } from '../../e2e/support/cli.js';
import { type McpSession, startMcp } from '../../e2e/support/mcp.js';
import type { Place } from '../../e2e/support/place.js';
import type { Dice } from './dice.js';

interface Answers {
  spawn_cloud_agent: TaskView;
  wait_task: WaitTaskOutput;
  get_task_status: TaskView;
  get_task_logs: GetTaskLogsOutput;
  cancel_task: TaskView;
  list_tasks: ListTasksOutput;
}
type Tool = keyof Answers;
type Arguments = Record<string, unknown>;

/** What a front door tells while dispatchers die under it: call again. */
const PASSING = ['AD_DISPATCHER_UNREACHABLE', 'AD_DISPATCHER_START', 'AD_STORE_SESSION_LOST'];
const MCP_SERVERS = 3;
/** One in so many calls goes through a command line, where there is a command for it. */
const CLI_SHARE = 1 / 12;
const CALL_MS = 300_000;

/** The answer is lost, or there was none. */
class NoAnswer extends Error {}

interface Victim {
  killed: boolean;
  kill(): void;
}

export class FrontDoors {
  readonly #servers: (Promise<McpDoor> | undefined)[] = Array.from({ length: MCP_SERVERS }, () => undefined);
  readonly #commands = new Set<CliDoor>();
  /** Calls whose answer never came. */
  lost = 0;

  constructor(
    private readonly place: Place,
    private readonly dice: Dice,
  ) {}

  /** Calls until there is an answer. Errors: a refusal. */
  async ask<Name extends Tool>(tool: Name, args: Arguments): Promise<Answers[Name]> {
    for (;;) {
      try {
        return (await this.#once(tool, args)) as Answers[Name];
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        this.lost += 1;
      }
    }
  }

  /** Kills one of the running ones; false when there is none of this kind. */
  async kill(kind: 'mcp server' | 'command line'): Promise<boolean> {
    const running: (Victim | undefined)[] = kind === 'command line' ? [...this.#commands] : await this.#openServers();
    const candidates = running.filter((door) => door?.killed === false);
    if (candidates.length === 0) return false;
    this.dice.pick(candidates)?.kill();
    return true;
  }

  async #once(tool: Tool, args: Arguments): Promise<unknown> {
    const words = commandLine(tool, args);
    if (words !== undefined && this.dice.chance(CLI_SHARE)) return this.#throughCommand(words);
    const slot = Math.floor(this.dice.roll() * MCP_SERVERS);
    const known = this.#servers[slot];
    if (known !== undefined && !(await known).killed) return (await known).call(tool, args);
    // Somebody else may have opened it meanwhile.
    if (this.#servers[slot] === known) this.#servers[slot] = McpDoor.open(this.place);
    return ((await this.#servers[slot]) as McpDoor).call(tool, args);
  }

  #openServers(): Promise<(McpDoor | undefined)[]> {
    return Promise.all(this.#servers.map(async (server) => await server));
  }

  async #throughCommand(words: string[]): Promise<unknown> {
    const door = new CliDoor(startCli(this.place, [...words, '--json']));
    this.#commands.add(door);
    try {
      return await door.answer(words);
    } finally {
      this.#commands.delete(door);
    }
  }
}

class McpDoor implements Victim {
  killed = false;

  private constructor(private readonly session: McpSession) {}

  static async open(place: Place): Promise<McpDoor> {
    return new McpDoor(await startMcp(place));
  }

  async call(tool: Tool, args: Arguments): Promise<unknown> {
    const { client } = this.session;
    const answer = await client
      .callTool({ name: tool, arguments: args }, { timeout: CALL_MS })
      .catch((error: unknown) => {
        if (this.killed) throw new NoAnswer('the server was killed', { cause: error });
        throw error;
      });
    if (answer.isError !== true) return answer.structuredContent;
    const [content] = answer.content;
    throw refusal(tool, JSON.parse(content?.type === 'text' ? content.text : '{}'));
  }

  kill(): void {
    this.killed = true;
    process.kill(this.session.pid, 'SIGKILL');
  }
}

class CliDoor implements Victim {
  killed = false;

  constructor(private readonly run: CliRun) {}

  async answer(words: string[]): Promise<unknown> {
    const end = await this.run.ended;
    const said = readJson(end);
    if (said === undefined && this.killed) throw new NoAnswer('the command was killed');
    if (said === undefined) throw new Error(`agentdispatch ${words.join(' ')} ended so: ${JSON.stringify(end)}`);
    if ('error' in said && !('task_id' in said)) throw refusal(words.join(' '), said);
    return said;
  }

  kill(): void {
    this.killed = true;
    this.run.kill();
  }
}

function readJson({ stdout }: CliEnd): Record<string, unknown> | undefined {
  try {
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch {
    // Killed before it had printed all of it, or nothing to print.
    return undefined;
  }
}

function refusal(what: string, answer: unknown): Error {
  const { error } = answer as { error?: { code?: string } };
  const text = `${what} was refused: ${JSON.stringify(answer)}`;
  return PASSING.includes(error?.code ?? '') ? new NoAnswer(text) : new Error(text);
}

/** The command that does the same; undefined where none does. */
function commandLine(tool: Tool, args: Arguments): string[] | undefined {
  switch (tool) {
    case 'spawn_cloud_agent': {
      const {
        instruction,
        idempotency_key: key,
        timeout_seconds: timeout,
        runtime,
        target_details: details = {},
      } = args;
      const given = (flag: string, value: unknown): string[] => (value === undefined ? [] : [flag, value as string]);
      const set = Object.entries(details as object).flatMap(([name, value]) => [
        '--set',
        `${name}=${JSON.stringify(value)}`,
      ]);
      const flags = [
        ...given('--idempotency-key', key),
        ...given('--timeout', timeout?.toString()),
        ...given('--runtime', runtime),
      ];
      return ['run', String(instruction), ...flags, ...set];
    }
    case 'cancel_task':
      return ['cancel', String(args['task_id'])];
    default:
      return undefined;
  }
}
