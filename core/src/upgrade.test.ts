// Front doors and dispatchers of different versions: the other end is a raw connection, or a listener of the test's own.
import { mkdir, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ask } from './dispatcher/ask.js';
import { PROTOCOL, stillOpening, type HelloRequest } from './dispatcher/hello.js';
import { DispatchError } from './errors/index.js';
import { RpcConnection, type Handlers } from './dispatcher/rpc.js';
import { packageVersion } from './dispatcher/start-dispatcher.js';
import { DispatcherPlace, TIMEOUT_MS, untilDead } from './dispatcher/testdata/place.js';
import { isAlive, processIdentity } from './store/process-identity.js';

let place: DispatcherPlace;
let servers: Server[];
let raw: RpcConnection[];
beforeEach(async () => {
  place = await DispatcherPlace.make();
  servers = [];
  raw = [];
});
afterEach(async () => {
  await place.disconnect();
  for (const connection of raw) connection.destroy();
  // A listener of this process is no dispatcher to be stopped.
  for (const server of servers) {
    await new Promise((resolve) => server.close(resolve));
    await writeFile(path.join(place.stateDir, 'epoch.2'), JSON.stringify({ ...ownEpoch(2), releasedAt: 1 }));
  }
  await place.end();
}, TIMEOUT_MS);

const IMPATIENT_MS = 300;

const ownEpoch = (epoch: number): Record<string, unknown> => ({ epoch, incarnation: 'own', ...processIdentity() });

/** Says hello to the running dispatcher as a front door of another version. */
async function hello(as: Partial<HelloRequest>): Promise<Record<string, unknown>> {
  const connection = new RpcConnection(connectSocket(await place.socket()));
  raw.push(connection);
  const request = {
    protocol: PROTOCOL,
    stateSchema: 1,
    version: packageVersion(),
    configDigest: 'other',
    client: 'raw',
    ...as,
  };
  return (await ask(connection, 'hello', request)) as Record<string, unknown>;
}

/** Owns the state directory, as a dispatcher of another version does, and answers so. */
async function dispatcherThatAnswers(handlers: Handlers): Promise<void> {
  await mkdir(place.stateDir, { mode: 0o700 });
  const socket = path.join(place.stateDir, 'd-000000000000.sock');
  const server = createServer((accepted) => raw.push(new RpcConnection(accepted, handlers)));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await writeFile(path.join(place.stateDir, 'epoch.1'), JSON.stringify({ ...ownEpoch(1), socket }));
}

describe('a dispatcher', () => {
  it(
    'makes room for a newer front door when it is idle',
    async () => {
      await place.connect();
      await place.disconnect();
      const owner = await place.owner();
      expect(await hello({ version: '99.0.0' })).toMatchObject({ verdict: 'replaced', version: packageVersion() });
      await untilDead(owner);
      expect(place.log).toContain('"reason":"replaced"');
      expect(await place.owner()).toHaveProperty('releasedAt');
    },
    TIMEOUT_MS,
  );

  it(
    'stays while it is at work, and for an older front door',
    async () => {
      const controlPlane = await place.connect();
      const owner = await place.owner();
      expect(await hello({ version: '0.0.9' })).toMatchObject({ verdict: 'outdated' });
      const taskId = await place.spawnWaiting(controlPlane);
      expect(await hello({ version: '99.0.0' })).toMatchObject({ verdict: 'stale' });
      await expect(hello({ protocol: PROTOCOL + 1 })).rejects.toMatchObject({ code: 'AD_DISPATCHER_INCOMPATIBLE' });
      expect(await place.finish(controlPlane, taskId)).toMatchObject({ status: 'succeeded' });
      expect(isAlive(owner)).toBe('alive');
    },
    TIMEOUT_MS,
  );

  it(
    'tells a front door of an earlier protocol what to do, takes no task from it, and lets it stop the dispatcher',
    async () => {
      await place.connect();
      const owner = await place.owner();
      await expect(hello({ protocol: 0, version: '0.0.1' })).rejects.toMatchObject({
        code: 'AD_DISPATCHER_INCOMPATIBLE',
        message: expect.stringMatching(/protocol 0.*protocol 2/),
        hint: expect.stringContaining('agentdispatch dispatcher stop'),
      });
      const [connection] = raw as [RpcConnection];
      await expect(connection.call('spawn', { input: { instruction: 'x' } })).rejects.toMatchObject({
        code: 'AD_DISPATCHER_INCOMPATIBLE',
      });
      await connection.call('stop', {});
      await untilDead(owner);
    },
    TIMEOUT_MS,
  );
});

describe('a front door', () => {
  it.each<[string, Handlers]>([
    [
      'speaks another protocol',
      (method) => (method === 'hello' ? async () => ({ protocol: 7, version: '9.0.0', verdict: 'fit' }) : undefined),
    ],
    ['knows no hello', () => undefined],
  ])(
    'is told what to do about a dispatcher that %s, and leaves it alone',
    async (_what, handlers) => {
      await dispatcherThatAnswers(handlers);
      await expect(place.connect()).rejects.toMatchObject({
        code: 'AD_DISPATCHER_INCOMPATIBLE',
        hint: expect.stringContaining('agentdispatch dispatcher stop'),
      });
      expect(await place.names(/./)).toEqual(['d-000000000000.sock', 'epoch.1']);
    },
    TIMEOUT_MS,
  );

  it(
    'that is older than the dispatcher may look, and is told so when it wants to start something',
    async () => {
      const answer = { protocol: PROTOCOL, version: '9.0.0', stateSchema: 1, verdict: 'outdated', wants: [] };
      await dispatcherThatAnswers((method) => async () => (method === 'hello' ? answer : { tasks: [] }));
      const controlPlane = await place.connect();
      expect(await controlPlane.list({})).toEqual({ tasks: [] });
      await expect(controlPlane.spawn({ instruction: 'x' })).rejects.toMatchObject({
        code: 'AD_DISPATCHER_INCOMPATIBLE',
        message: expect.stringContaining('newer (9.0.0)'),
      });
    },
    TIMEOUT_MS,
  );

  it(
    'waits for a dispatcher that is opening its state directory for longer than one may be silent',
    async () => {
      const answer = { protocol: PROTOCOL, version: packageVersion(), stateSchema: 1, verdict: 'fit', wants: [] };
      const hellos: number[] = [];
      await dispatcherThatAnswers((method) => async () => {
        if (method !== 'hello') return { tasks: [] };
        hellos.push(performance.now());
        if (performance.now() - (hellos[0] ?? 0) < 2 * IMPATIENT_MS) throw stillOpening();
        return answer;
      });
      const controlPlane = await place.connect({ answerMs: IMPATIENT_MS });
      expect(await controlPlane.list({})).toEqual({ tasks: [] });
      expect(raw).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'that wants to host the engine itself leaves a dispatcher alone that is opening its state directory',
    async () => {
      await dispatcherThatAnswers(() => async () => {
        throw stillOpening();
      });
      await expect(place.connect({ engine: 'inline' })).rejects.toMatchObject({ details: { opening: true } });
      expect(await place.names(/^epoch/)).toEqual(['epoch.1']);
    },
    TIMEOUT_MS,
  );

  it(
    'repeats a call that an ending dispatcher refused, whatever it was, and hears what that still answers',
    async () => {
      const answer = { protocol: PROTOCOL, version: packageVersion(), stateSchema: 1, verdict: 'fit', wants: [] };
      const calls: string[] = [];
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await dispatcherThatAnswers((method) => async () => {
        calls.push(method);
        if (method === 'list') await held;
        return answer;
      });
      const controlPlane = await place.connect();
      const listed = controlPlane.list({});
      while (!calls.includes('list')) await new Promise((resolve) => setImmediate(resolve));
      void raw[0]?.drain();
      await writeFile(path.join(place.stateDir, 'epoch.1'), JSON.stringify({ ...ownEpoch(1), releasedAt: 1 }));
      const taskId = await place.spawnWaiting(controlPlane);
      expect(calls).not.toContain('spawn');
      release();
      expect(await listed).toMatchObject(answer);
      expect(await place.finish(controlPlane, taskId)).toMatchObject({ status: 'succeeded' });
    },
    TIMEOUT_MS,
  );

  it(
    'asks the next dispatcher when the one there cannot write any more, and ends',
    async () => {
      const answer = { protocol: PROTOCOL, version: packageVersion(), stateSchema: 1, verdict: 'fit', wants: [] };
      await dispatcherThatAnswers((method) => async () => {
        if (method !== 'list') return answer;
        setImmediate(() => {
          void writeFile(path.join(place.stateDir, 'epoch.1'), JSON.stringify({ ...ownEpoch(1), releasedAt: 1 })).then(
            () => raw[0]?.destroy(),
          );
        });
        throw new DispatchError('AD_STORE_UNAVAILABLE', 'ENOSPC', { details: { ambiguous: false } });
      });
      const controlPlane = await place.connect();
      expect(await controlPlane.list({})).toMatchObject({ tasks: [] });
      expect(await place.owner()).not.toMatchObject({ epoch: 1 });
    },
    TIMEOUT_MS,
  );
});
