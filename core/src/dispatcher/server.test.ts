import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DispatcherServer } from './server.js';

const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'server-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

it('a dispatcher listens for its own user alone, whatever the umask', async () => {
  const server = new DispatcherServer({ logger, idleMs: Number.POSITIVE_INFINITY, onEnd: () => undefined });
  const socket = path.join(directory, 's');
  const before = process.umask(0);
  try {
    await server.listen(socket);
    expect(statSync(socket).mode & 0o777).toBe(0o700);
  } finally {
    expect(process.umask(before)).toBe(0);
    await server.close();
  }
});
