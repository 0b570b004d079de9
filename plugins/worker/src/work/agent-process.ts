// The agent's process: leader of a group of its own. Knows its streams, its exit and how to end all of it.
import { spawn, type ChildProcess } from 'node:child_process';
import type { AgentCommand } from '../agents/agent.js';
import { endProcesses } from '../processes/end-processes.js';
import { findProgram } from '../processes/find-program.js';
import { identify, machineBoot, type ProcessIdentity } from '../processes/process-identity.js';
import { MARK } from '../processes/process-table.js';
import { hasCode } from '../system-error.js';
import type { PieceReader } from './piece-reader.js';
import { closeWriters, makeOutputPipes, type OutputPipes } from './output-pipes.js';

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

export interface AgentExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface AgentPlace {
  /** Where the agent works. */
  readonly directory: string;
  /** What only the worker sees. */
  readonly ownDirectory: string;
  /** Borne by all of its processes. */
  readonly mark: string;
}

export class AgentProcess {
  readonly leader: ProcessIdentity;
  readonly exited: Promise<AgentExit>;
  readonly #child: ChildProcess;
  readonly #pipes: OutputPipes;
  readonly #mark: string;
  #ending: Promise<void> | undefined;

  private constructor(started: Started, mark: string) {
    this.#child = started.child;
    this.#pipes = started.pipes;
    this.exited = started.exited;
    this.leader = started.leader;
    this.#mark = mark;
  }

  /** Resolves when the process exists. Throws an Error with a message for people when it cannot be started. */
  static async start(command: AgentCommand, place: AgentPlace): Promise<AgentProcess> {
    const program = findProgram(command.program, command.environment['PATH'], place.directory);
    const pipes = await makeOutputPipes(place.ownDirectory);
    try {
      return new AgentProcess(await startProcess(program, command, { ...place, pipes }), place.mark);
    } catch (error) {
      pipes.stdout.reader.close();
      pipes.stderr.reader.close();
      throw error;
    } finally {
      closeWriters(pipes);
    }
  }

  get stdout(): PieceReader {
    return this.#pipes.stdout.reader;
  }

  get stderr(): PieceReader {
    return this.#pipes.stderr.reader;
  }

  get canBeTold(): boolean {
    return this.#child.stdin?.writable ?? false;
  }

  /** Resolves with whether the line went into the agent's standard input. */
  tell(line: string): Promise<boolean> {
    const { stdin } = this.#child;
    if (!stdin?.writable) return Promise.resolve(false);
    return new Promise((resolve) => stdin.write(`${line}\n`, (error) => resolve(!error)));
  }

  /** Ends everything of the agent, also what it left behind. Resolves when nothing of it runs. Repeat: yes. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** What nobody who can be found holds open any more is not waited for. */
  closeOutput(): void {
    this.stdout.close();
    this.stderr.close();
  }

  async #end(): Promise<void> {
    try {
      await endProcesses({ leader: this.leader, mark: this.#mark, isOurs: true }, GRACE_MS);
    } catch {
      // Where the system does not tell what runs, the group is killed unseen.
      killGroup(this.leader.pid);
      await this.exited;
    }
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly pipes: OutputPipes;
  readonly leader: ProcessIdentity;
  readonly exited: Promise<AgentExit>;
}

async function startProcess(
  program: string,
  { arguments: args, environment, input, takesMessages }: AgentCommand,
  { directory, mark, pipes }: AgentPlace & { pipes: OutputPipes },
): Promise<Started> {
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...environment, [MARK]: mark },
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', pipes.stdout.writer, pipes.stderr.writer],
  });
  const exited = new Promise<AgentExit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  // Broken when the agent ends before it has read everything; its exit tells.
  child.stdin?.on('error', () => undefined);
  const pid = await pidOf(child);
  if (input !== undefined) child.stdin?.write(input);
  if (!takesMessages) child.stdin?.end();
  return { child, pipes, exited, leader: await leaderOf(pid) };
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(Number(child.pid)));
  });
}

/** One that has ended already keeps its number as long as members of its group live. */
async function leaderOf(pid: number): Promise<ProcessIdentity> {
  const ended = { pid, startTime: 'ended' };
  try {
    return (await identify(pid)) ?? { ...ended, machineBoot: await machineBoot() };
  } catch {
    // The process runs all the same; its mark has to do.
    return { ...ended, machineBoot: 'unknown' };
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}
