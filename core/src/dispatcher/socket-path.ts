// Where a dispatcher listens: a path of its own for every process, short enough for every system's limit.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { makePrivateDirectoryInPublic } from '../store/private-directory.js';

/** sun_path holds 104 bytes on macOS and 108 on Linux, the final zero included; longer ones are cut without a word. */
const MAX_BYTES = 100;

/**
 * A fresh socket path. In the state directory where it fits; else in a directory of the user under /tmp, found by a
 * fixed rule: sandboxes change TMPDIR. On Windows a named pipe. Errors: AD_STORE_NOT_PRIVATE.
 */
export function newSocketPath(stateDir: string): string {
  const name = `d-${randomBytes(6).toString('hex')}.sock`;
  const key = createHash('sha256').update(stateDir).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\agentdispatch-${key}-${name}`;
  const inside = path.join(stateDir, name);
  if (Buffer.byteLength(inside) <= MAX_BYTES) return inside;
  const directory = `/tmp/agentdispatch-${String(userInfo().uid)}-${key}`;
  makePrivateDirectoryInPublic(directory);
  return path.join(directory, name);
}

const NAME = /^d-[0-9a-f]{12}\.sock$/;

/**
 * Removes what killed dispatchers of the same state directory left beside our own socket. Called by its owner alone:
 * whoever else listens there has lost the directory already.
 */
export function removeOtherSockets(socketPath: string): void {
  if (process.platform === 'win32') return;
  const directory = path.dirname(socketPath);
  const others = readdirSync(directory).filter((name) => NAME.test(name) && name !== path.basename(socketPath));
  for (const name of others) rmSync(path.join(directory, name), { force: true });
}
