// stdout belongs to the protocol: the wire keeps it, and everybody else who writes there ends up on stderr.
import { Writable } from 'node:stream';

/** What is needed of process.stdout and process.stderr. */
export type OutputStream = Pick<NodeJS.WriteStream, 'write'>;

/**
 * Takes stdout for the protocol. From then on `stdout.write`, and with it every console method, goes to stderr, so that
 * a library or plugin that prints cannot break the connection.
 */
export function takeStdout(stdout: OutputStream, stderr: OutputStream): Writable {
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => void write(chunk, done),
  });
}
