// The agent's process: leader of a group of its own. Knows its streams, its exit and how to end all of it.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { AgentCommand } from '../agents/agent.js';
import { endProcesses } from '../processes/end-processes.js';
import { findProgram } from '../processes/find-program.js';
import { identify, machineBoot, type ProcessIdentity } from '../processes/process-identity.js';
import { MARK } from '../processes/process-table.js';

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

export interface AgentExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #mark: string;
  readonly exited: Promise<AgentExit>;
  leader: ProcessIdentity | undefined;

  private constructor(child: ChildProcess, mark: string) {
    this.#child = child;
    this.#mark = mark;
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    // Broken when the agent ends before it has read everything; its exit tells.
    child.stdin?.on('error', () => undefined);
  }

  /** Resolves when the process exists. Throws an Error with a message for people when it cannot be started. */
  static async start(command: AgentCommand, directory: string, mark: string): Promise<AgentProcess> {
    const program = findProgram(command.program, command.environment['PATH'], directory);
    const child = spawn(program, command.arguments, {
      cwd: directory,
      env: { ...command.environment, [MARK]: mark },
      detached: true,
      stdio: [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const agent = new AgentProcess(child, mark);
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    if (child.pid !== undefined) agent.leader = await leaderOf(child.pid);
    if (command.input !== undefined) child.stdin?.write(command.input);
    if (!command.takesMessages) child.stdin?.end();
    return agent;
  }

  get stdout(): Readable {
    return this.#child.stdout as Readable;
  }

  get stderr(): Readable {
    return this.#child.stderr as Readable;
  }

  /** Resolves with whether the line went into the agent's standard input. */
  tell(line: string): Promise<boolean> {
    const { stdin } = this.#child;
    if (!stdin?.writable) return Promise.resolve(false);
    return new Promise((resolve) => stdin.write(`${line}\n`, (error) => resolve(!error)));
  }

  /** Ends everything of the agent, also what it left behind. Repeat: yes. */
  async end(graceMs = GRACE_MS): Promise<void> {
    await endProcesses({ leader: this.leader, mark: this.#mark }, graceMs);
  }

  /** What nobody who can be found holds open any more is not waited for. */
  closeOutput(): void {
    this.stdout.destroy();
    this.stderr.destroy();
  }
}

/** One that has ended already keeps its number as long as members of its group live. */
async function leaderOf(pid: number): Promise<ProcessIdentity> {
  return (await identify(pid)) ?? { pid, startTime: 'ended', machineBoot: await machineBoot() };
}
