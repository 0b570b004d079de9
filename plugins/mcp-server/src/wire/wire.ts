// stdout belongs to the protocol: the wire keeps it, and everybody else who writes there ends up on stderr.
import { Writable } from 'node:stream';

/** Written ahead of a client that reads slowly, before answers wait for it. */
const AHEAD_BYTES = 1024 * 1024;

/** What is needed of process.stdout and process.stderr. */
export type OutputStream = Pick<NodeJS.WriteStream, 'write'>;

/**
 * Takes stdout for the protocol. From then on `stdout.write`, and with it every console method, goes to stderr, so that
 * a library or plugin that prints cannot break the connection.
 */
export function takeStdout(stdout: OutputStream, stderr: OutputStream): Writable {
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  const wire = new Writable({
    decodeStrings: false,
    highWaterMark: AHEAD_BYTES,
    write: (chunk: string | Buffer, _encoding, done) => void write(chunk, done),
    // What comes while a write is under way goes out in one.
    writev: (chunks, done) => void write(together(chunks.map(({ chunk }) => chunk as string | Buffer)), done),
  });
  // Each answer that must wait listens for its turn.
  return wire.setMaxListeners(0);
}

const together = (chunks: readonly (string | Buffer)[]): string | Buffer =>
  chunks.every((chunk) => typeof chunk === 'string')
    ? chunks.join('')
    : Buffer.concat(chunks.map((chunk) => Buffer.from(chunk as string)));
