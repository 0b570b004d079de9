import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { PROTOCOL } from './hello.js';
import { RpcConnection } from './rpc.js';
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

it('a dispatcher that is still opening its state directory says so, and can be stopped', async () => {
  const reasons: string[] = [];
  const onEnd = (reason: string): void => void reasons.push(reason);
  const server = new DispatcherServer({ logger, idleMs: Number.POSITIVE_INFINITY, onEnd });
  const socket = path.join(directory, 's');
  await server.listen(socket);
  const connection = new RpcConnection(connect(socket));
  try {
    const hello = { protocol: PROTOCOL, version: '1.0.0', client: 'test' };
    const opening = { code: 'AD_DISPATCHER_UNREACHABLE', details: { opening: true } };
    await expect(connection.call('hello', hello)).rejects.toMatchObject(opening);
    await expect(connection.call('status', {})).rejects.toMatchObject(opening);
    await connection.call('stop', {});
    expect(reasons).toEqual(['stopped']);
  } finally {
    connection.destroy();
    await server.close();
  }
});
