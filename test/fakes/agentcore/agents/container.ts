// Makes a real program the container: a process of its own for each microVM, which takes what the platform sends it, and goes
// with the microVM, and everything that it began with it. One that exits by itself takes its microVM along.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Agent, MicroVm, Protocol } from './agent.js';
import { forwardTo } from './forward.js';

export interface ContainerOptions {
  /** Program and arguments. Works in the microVM's directory. */
  readonly command: readonly string[];
  /** Beside PATH and what the runtime gives. @param portFile where the program writes the port that it listens on. */
  readonly environment: (vm: MicroVm, portFile: string) => Readonly<Record<string, string>>;
  /** Media types that it takes. Default `application/json`. */
  readonly accepts?: readonly string[] | undefined;
}

export interface Container {
  readonly agent: Agent;
  /** Kills the program of a session's microVM, as if it had crashed. False when there is none. */
  readonly crash: (sessionId: string) => boolean;
}

/** What the platform gives a container until it listens. */
const START_MS = 60_000;
const LOOK_MS = 10;

export function container({ command, environment, accepts }: ContainerOptions): Container {
  const programs = new Map<string, { bootId: string; program: Program }>();
  const start = async (vm: MicroVm): Promise<string> => {
    const portFile = join(vm.directory(), '.port');
    const variables = { PATH: process.env['PATH'] ?? '', ...vm.environment, ...environment(vm, portFile) };
    const program = new Program(command, vm.directory(), variables);
    programs.set(vm.sessionId, { bootId: vm.bootId, program });
    void program.exited.then(vm.die);
    return program.address(portFile);
  };
  const ended = ({ sessionId, bootId }: MicroVm): void => {
    const running = programs.get(sessionId);
    if (running?.bootId !== bootId) return;
    programs.delete(sessionId);
    running.program.kill();
  };
  return {
    agent: forwardTo(start, { accepts, ended }),
    crash: (sessionId) => programs.get(sessionId)?.program.kill() ?? false,
  };
}

const WORKER = fileURLToPath(new URL('../../../../plugins/worker/bin/agentdispatch-worker.js', import.meta.url));
const SPOKEN = { HTTP: 'http', A2A: 'a2a', MCP: 'mcp', AGUI: 'ag-ui' } as const satisfies Record<Protocol, string>;

/** AgentDispatch's worker as the container, as it is built. @param config of the worker; where it listens is added. */
export function workerContainer(config: Readonly<Record<string, unknown>>): Container {
  return container({
    command: [process.execPath, WORKER, 'serve'],
    environment: (vm, portFile) => ({
      AGENTDISPATCH_WORKER_CONFIG: JSON.stringify(config),
      AGENTDISPATCH_WORKER_PROTOCOL: SPOKEN[vm.protocol],
      AGENTDISPATCH_WORKER_HOST: '127.0.0.1',
      AGENTDISPATCH_WORKER_PORT: '0',
      AGENTDISPATCH_WORKER_PORT_FILE: portFile,
      AGENTDISPATCH_WORKER_DATA_DIRECTORY: join(vm.directory(), '.data'),
    }),
  });
}

class Program {
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  #hasExited = false;
  #said = '';

  constructor([program = '', ...args]: readonly string[], cwd: string, env: Record<string, string>) {
    this.#child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.exited = new Promise((resolve) => {
      const end = (): void => {
        this.#hasExited = true;
        resolve();
      };
      this.#child.once('error', end).once('exit', end);
    });
  }

  /** Once it listens. */
  async address(portFile: string): Promise<string> {
    for (let waited = 0; waited < START_MS && !this.#hasExited; waited += LOOK_MS) {
      const port = textIn(portFile);
      if (port !== undefined) return `http://127.0.0.1:${port.trim()}`;
      await delay(LOOK_MS);
    }
    throw new Error(`the container does not listen: ${this.#said}`);
  }

  /** At once, with all that it began. False when it has exited. */
  kill(): boolean {
    const { pid } = this.#child;
    if (pid === undefined || this.#hasExited) return false;
    // Stopped first: what is still to be begun could not be found.
    signal(pid, 'SIGSTOP');
    const all = [pid, ...descendantsOf(pid)];
    for (const one of all) signal(one, 'SIGKILL');
    while (doRun(all)) pauseAll();
    return true;
  }
}

function descendantsOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
  const parents = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const childrenOf = (one: number): number[] =>
    parents.filter(([, parent]) => parent === one).flatMap(([child = 0]) => [child, ...childrenOf(child)]);
  return childrenOf(pid);
}

/** What is dead and not buried does not run. */
function doRun(pids: readonly number[]): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pids.join(',')], { encoding: 'utf8' });
  return stdout.split('\n').some((state) => /^\s*[^Z\s]/.test(state));
}

/** A stop has taken effect when it is answered, so nothing else goes on meanwhile. */
const pauseAll = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);

function signal(pid: number, name: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not written yet.
    return undefined;
  }
}
