// Starts the shim, detached, and gives it its spec. Knows nothing of what becomes of it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ShimSpec } from '../shim/spec.js';

/** The built file, seen from src and from dist alike: a shim is a plain Node program. */
const SHIM = fileURLToPath(new URL('../../dist/shim/main.js', import.meta.url));
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

export interface LaunchedShim {
  /** Resolves when the process ended, or could not be made; with what is known about it. */
  readonly ended: Promise<string>;
}

export function launchShim(spec: ShimSpec, hostPath = DEFAULT_PATH): LaunchedShim {
  const shim = spawn(process.execPath, [SHIM], {
    cwd: '/',
    // The work's environment travels in the spec; this one is readable by tools that list processes.
    env: { PATH: hostPath },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<string>((resolve) => {
    shim.once('error', (error) => {
      resolve(error.message);
    });
    shim.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`);
    });
  });
  // A shim that ends before it has read everything breaks the pipe; `ended` tells.
  shim.stdin.on('error', () => undefined);
  shim.stdin.end(JSON.stringify(spec));
  shim.unref();
  return { ended };
}
