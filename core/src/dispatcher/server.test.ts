import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { ControlPlane } from '../control-plane.js';
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

it('a dispatcher that is taking a task in makes no room for another configuration before it has answered', async () => {
  const reasons: string[] = [];
  const onEnd = (reason: string): void => void reasons.push(reason);
  const server = new DispatcherServer({ logger, idleMs: Number.POSITIVE_INFINITY, onEnd });
  const socket = path.join(directory, 's');
  await server.listen(socket);
  let taken!: (answer: never) => void;
  const spawn = (): Promise<never> => new Promise<never>((resolve) => (taken = resolve));
  server.serve({
    controlPlane: { spawn } as unknown as ControlPlane,
    version: '1.0.0',
    configDigest: 'own',
    stateDir: directory,
    wants: () => [],
    learn: () => undefined,
    openTasks: () => 0,
  });
  const [first, second] = [new RpcConnection(connect(socket)), new RpcConnection(connect(socket))];
  const hello = (configDigest: string) => ({ protocol: PROTOCOL, version: '1.0.0', client: 'test', configDigest });
  try {
    await expect(first.call('hello', hello('own'))).resolves.toMatchObject({ verdict: 'fit' });
    const spawned = first.call('spawn', { input: {} });
    await first.call('status', {});
    await expect(second.call('hello', hello('other'))).resolves.toMatchObject({ verdict: 'stale' });
    expect(reasons).toEqual([]);
    taken({ status: 'queued' } as never);
    await expect(spawned).resolves.toEqual({ status: 'queued' });
    await expect(second.call('hello', hello('other'))).resolves.toMatchObject({ verdict: 'replaced' });
  } finally {
    first.destroy();
    second.destroy();
    await server.close();
  }
});
