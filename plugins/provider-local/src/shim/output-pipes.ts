// Named pipes for the work's output. Node's own pipes are sockets, which a program cannot open again as /dev/stdout or /dev/stderr.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

export interface OutputPipe {
  /** For us. Ends when nobody holds the other end any more. */
  readonly reader: Socket;
  /** Descriptor of the blocking other end, for the child; closed here once the child has it. */
  readonly writer: number;
}

/** The names are gone on return; the pipes live as long as someone holds them. */
export function makeOutputPipes(directory: string): { stdout: OutputPipe; stderr: OutputPipe } {
  const names = ['stdout', 'stderr'].map((name) => join(directory, `.pipe-${name}`));
  try {
    execFileSync('mkfifo', ['-m', '600', ...names]);
    const [stdout, stderr] = names.map(openPipe);
    if (!stdout || !stderr) throw new Error('No pipe for output could be made.');
    return { stdout, stderr };
  } finally {
    for (const name of names) rmSync(name, { force: true });
  }
}

function openPipe(path: string): OutputPipe {
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const reader = new Socket({ fd: reading, readable: true, writable: false });
  // A pipe that breaks ends like one that is closed.
  reader.on('error', () => undefined);
  return { reader, writer: openSync(path, constants.O_WRONLY) };
}

/** Hands everything that arrives to `write`; resolves when both ends of the pipe are closed. */
export async function drain({ reader, writer }: OutputPipe, write: (bytes: Buffer) => void): Promise<void> {
  closeSync(writer);
  reader.on('data', write);
  await once(reader, 'close');
}
