import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import { RpcConnection, type Handlers } from './rpc.js';

let directory: string;
let server: Server;
let accepted: Socket[];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'rpc-'));
  accepted = [];
});

afterEach(async () => {
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

async function pair(handlers: Handlers): Promise<{ client: RpcConnection; raw: Socket; served: RpcConnection[] }> {
  const served: RpcConnection[] = [];
  server = createServer((socket) => {
    accepted.push(socket);
    served.push(new RpcConnection(socket, handlers));
  });
  const socketPath = path.join(directory, 's');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const raw = connect(socketPath);
  accepted.push(raw);
  await new Promise<void>((resolve) => raw.once('connect', resolve));
  return { client: new RpcConnection(raw), raw, served };
}

const ended = (connection: RpcConnection): Promise<void> => new Promise((resolve) => connection.onClose(resolve));

describe('a connection', () => {
  it('answers calls in whatever order they finish', async () => {
    const gates = new Map<string, (value: unknown) => void>();
    const begun: (() => void)[] = [];
    const { client } = await pair(() => (params) => {
      begun.shift()?.();
      return new Promise((resolve) => gates.set(String(params), resolve));
    });
    const bothBegun = Promise.all([1, 2].map(() => new Promise<void>((resolve) => begun.push(resolve))));
    const first = client.call('echo', 'a');
    const second = client.call('echo', 'b');
    await bothBegun;
    gates.get('b')?.('second');
    expect(await second).toBe('second');
    gates.get('a')?.({ nested: [1, 'é', null] });
    expect(await first).toEqual({ nested: [1, 'é', null] });
  });

  it('tells the caller what a call has come to, each thing once and nothing after the answer', async () => {
    let tell: (message: string) => void = () => undefined;
    const { client } = await pair((method) => async (_params, { progress }) => {
      if (method === 'look') return tell('too late');
      tell = progress;
      for (const message of ['begun', 'begun', 'half way']) progress(message);
    });
    const told: string[] = [];
    await client.call('wait', {}, { progress: (message) => told.push(message) });
    await client.call('look', {});
    expect(told).toEqual(['begun', 'half way']);
  });

  it('carries a message of several megabytes', async () => {
    const { client } = await pair(() => async (params) => (params as string).length);
    expect(await client.call('size', 'x'.repeat(5_000_000))).toBe(5_000_000);
  });

  it('gives a coded error back as it was', async () => {
    const { client } = await pair(() => async () => {
      throw new DispatchError('AD_TASK_NOT_FOUND', 'no such task', {
        problems: [{ pointer: '/task_id', message: 'unknown' }],
      });
    });
    await expect(client.call('get', {})).rejects.toMatchObject({
      code: 'AD_TASK_NOT_FOUND',
      message: 'no such task',
      problems: [{ pointer: '/task_id', message: 'unknown' }],
    });
  });

  it('refuses an unknown method with a code', async () => {
    const { client } = await pair(() => undefined);
    await expect(client.call('fly', {})).rejects.toMatchObject({ code: 'AD_DISPATCHER_INCOMPATIBLE' });
  });

  it("ends a call's waiting when its caller aborts, and still answers it", async () => {
    const { client } = await pair(
      () =>
        (_params, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve('waited enough'));
          }),
    );
    const controller = new AbortController();
    const answer = client.call('wait', {}, { signal: controller.signal });
    controller.abort();
    expect(await answer).toBe('waited enough');
  });

  it('aborts what a client waits for when the client goes away', async () => {
    let aborted!: () => void;
    const seen = new Promise<void>((resolve) => (aborted = resolve));
    let began!: () => void;
    const begun = new Promise<void>((resolve) => (began = resolve));
    const { client } = await pair(() => (_params, { signal }) => {
      began();
      signal.addEventListener('abort', aborted);
      return new Promise(() => undefined);
    });
    const lost = expect(client.call('wait', {})).rejects.toMatchObject({ code: 'AD_DISPATCHER_UNREACHABLE' });
    await begun;
    client.destroy();
    await seen;
    await lost;
  });

  it('answers what is under way before it is drained', async () => {
    const { client, served } = await pair(
      () =>
        (_params, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve('last words'));
          }),
    );
    const answer = client.call('wait', {});
    await new Promise<void>((resolve) => setImmediate(resolve));
    const drained = (async () => {
      // The call reaches the server some turns of the event loop later.
      for (;;) {
        if (served[0] && served[0].busy) return await served[0].drain();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    expect(await answer).toBe('last words');
    await drained;
  });

  it('refuses, and does not begin, what comes while it is drained', async () => {
    const begun: unknown[] = [];
    let finish!: (value: string) => void;
    const { client, served } = await pair(() => async (params) => {
      begun.push(params);
      return await new Promise((resolve) => (finish = resolve));
    });
    const first = client.call('wait', 'first');
    while (begun.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const drained = served[0]?.drain();
    await expect(client.call('spawn', 'second')).rejects.toMatchObject({
      code: 'AD_DISPATCHER_UNREACHABLE',
      details: { refused: true },
    });
    finish('done');
    expect(await first).toBe('done');
    await drained;
    expect(begun).toEqual(['first']);
  });

  it('tells of a call that was on its way when the other end closed in order that it was not begun', async () => {
    const begun: unknown[] = [];
    const { client, served } = await pair(() => async (params) => void begun.push(params));
    await client.call('hello', 'first');
    const drained = served[0]?.drain();
    const refused = { code: 'AD_DISPATCHER_UNREACHABLE', details: { refused: true } };
    await expect(client.call('spawn', 'second')).rejects.toMatchObject(refused);
    await drained;
    await expect(client.call('spawn', 'third')).rejects.toMatchObject({ code: 'AD_DISPATCHER_UNREACHABLE' });
    expect(begun).toEqual(['first']);
  });

  it('cannot tell of a call whether it was begun when the other end dies', async () => {
    const { client, served } = await pair(() => async () => await new Promise(() => undefined));
    const lost = client.call('spawn', 'first');
    served[0]?.destroy();
    await expect(lost).rejects.toMatchObject({ code: 'AD_DISPATCHER_UNREACHABLE', details: undefined });
  });

  it('is closed on a line that is no message', async () => {
    const { client, raw } = await pair(() => async () => 1);
    raw.write('GET / HTTP/1.1\n');
    await ended(client);
    expect(client.open).toBe(false);
  });
});
