// Named pipes for an agent's output. Node's own pipes are sockets, which a program cannot open again as /dev/stdout or /dev/stderr.
import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PieceReader } from './piece-reader.js';

export interface OutputPipe {
  /** For us. Ends when nobody holds the other end any more. */
  readonly reader: PieceReader;
  /** Descriptor of the blocking other end, for the agent. */
  readonly writer: number;
}

export interface OutputPipes {
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
}

/** The names are gone on return; the pipes live as long as someone holds them. */
export async function makeOutputPipes(directory: string): Promise<OutputPipes> {
  const [stdout, stderr] = [join(directory, '.stdout'), join(directory, '.stderr')];
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', stdout, stderr]);
    return { stdout: openPipe(stdout), stderr: openPipe(stderr) };
  } finally {
    await Promise.all([stdout, stderr].map((name) => rm(name, { force: true })));
  }
}

function openPipe(path: string): OutputPipe {
  // The reader first, without waiting for a writer: then the writer need not wait either.
  const reader = new PieceReader(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  return { reader, writer: openSync(path, constants.O_WRONLY) };
}

/** Once the agent has them, or never will. */
export function closeWriters({ stdout, stderr }: OutputPipes): void {
  closeSync(stdout.writer);
  closeSync(stderr.writer);
}
