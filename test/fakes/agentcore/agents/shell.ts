// Runs a command of the caller for real: a fresh bash in the microVM's directory, output as it comes, a limit on its time.
// Gone with its microVM, or with whoever reads it.
import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../clock.js';
import type { CommandEvent, CommandHandler, CommandRequest } from './agent.js';

export const runShell = (clock: Clock): CommandHandler =>
  async function* (request: CommandRequest) {
    const { timeoutSeconds, gone } = request;
    const told = new Told();
    const child = launch(request, told);
    let isLate = false;
    const callOff = clock.schedule(timeoutSeconds * 1000, () => {
      isLate = true;
      killGroup(child);
    });
    void gone.then(() => killGroup(child));
    child.once('error', (error) => told.push({ exception: 'runtimeClientError', message: error.message }));
    child.once('close', (code) =>
      told.push(isLate ? { exitCode: -1, status: 'TIMED_OUT' } : { exitCode: code ?? 137, status: 'COMPLETED' }),
    );
    try {
      for (;;) {
        const event = await told.next();
        yield event;
        if ('exitCode' in event || 'exception' in event) return;
      }
    } finally {
      callOff();
      killGroup(child);
    }
  };

/** Plays `events` for each command; between them waits for the promises that stand there. */
export function scriptedCommand(events: readonly (CommandEvent | Promise<unknown>)[]): CommandHandler {
  return async function* () {
    for (const event of events) {
      if (event instanceof Promise) await event;
      else yield event;
    }
  };
}

class Told {
  readonly #queue: CommandEvent[] = [];
  #wake: () => void = () => undefined;

  push(event: CommandEvent): void {
    this.#queue.push(event);
    this.#wake();
  }

  async next(): Promise<CommandEvent> {
    for (;;) {
      const event = this.#queue.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function launch({ command, directory, environment }: CommandRequest, told: Told): ChildProcess {
  const child = spawn('/bin/bash', ['-c', command], {
    cwd: directory(),
    env: { PATH: process.env['PATH'], HOME: directory(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8');
    const tell = (text: string): void => {
      if (text !== '') told.push(stream === 'stdout' ? { stdout: text } : { stderr: text });
    };
    child[stream].on('data', (chunk: Buffer) => tell(decoder.write(chunk)));
    child[stream].on('end', () => tell(decoder.end()));
  }
  return child;
}

/** With all that it began. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, 'SIGKILL');
}
