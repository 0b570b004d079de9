// Starts the work's program behind a gate: the process exists, as leader of its own group, but runs nothing of the
// program until it was recorded. A shim that dies in between closes the gate for good.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { findProgram } from '../attempt/find-program.js';
import type { AttemptPaths } from '../attempt/paths.js';
import { MARK } from '../attempt/work-processes.js';
import { makeOutputPipes, type OutputPipe } from './output-pipes.js';
import type { ShimSpec } from './spec.js';

const SHELL = '/bin/sh';
/** Waits for one line on descriptor 3, then becomes the program, with the same pid. */
const GATE = 'read -r _ <&3 && exec "$@" 3<&-';
const GATE_DESCRIPTOR = 3;

export interface GatedChild {
  readonly child: ChildProcess;
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
  /** Lets the program begin. */
  open(): void;
}

/** Resolves when the process exists; rejects with a message for people when the program cannot be started. */
export async function spawnGated(spec: ShimSpec, paths: AttemptPaths): Promise<GatedChild> {
  const { workingDirectory: cwd, environment } = spec;
  const program = findProgram(spec.program, environment.PATH, cwd);
  const { stdout, stderr } = makeOutputPipes(paths.root);
  const input = openInput(paths, spec.input);
  const child = spawn(SHELL, ['-c', GATE, 'gate', program, ...spec.arguments], {
    cwd,
    env: { ...environment, [MARK]: spec.mark },
    detached: true,
    stdio: [input, stdout.writer, stderr.writer, 'pipe'],
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  closeSync(input);
  const gate = child.stdio[GATE_DESCRIPTOR] as Writable;
  // Broken when the process is killed before it may begin; its exit tells.
  gate.on('error', () => undefined);
  return { child, stdout, stderr, open: () => gate.end('go\n') };
}

/** A file without a name: no pipe that could block or break, and nothing left behind. */
function openInput(paths: AttemptPaths, text: string | undefined): number {
  if (text === undefined) return openSync('/dev/null', 'r');
  rmSync(paths.input, { force: true });
  writeFileSync(paths.input, text, { mode: 0o600, flag: 'wx' });
  const input = openSync(paths.input, 'r');
  rmSync(paths.input);
  return input;
}
