// What becomes of a state directory whose owner cannot be reached: with real processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runDispatcher, stopDispatcher } from './connect.js';
import { DispatcherPlace, TIMEOUT_MS, until, untilDead } from './dispatcher/testdata/place.js';
import { isAlive, processIdentity } from './store/process-identity.js';

let place: DispatcherPlace;
let others: ChildProcess[];
beforeEach(async () => {
  place = await DispatcherPlace.make();
  others = [];
});
afterEach(async () => {
  for (const other of others) other.kill('SIGKILL');
  await place.end();
}, TIMEOUT_MS);

const impatient = { answerMs: 400 };

/** A process that has nothing to do with us. */
async function stranger(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  others.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** The state directory as an owner left it that is told of by the given values alone. */
async function leftBy(owner: Record<string, unknown>): Promise<void> {
  await mkdir(place.stateDir, { mode: 0o700, recursive: true });
  const socket = path.join(place.stateDir, 'd-000000000000.sock');
  const whole = { epoch: 1, incarnation: 'before', socket, ...processIdentity(), ...owner };
  await writeFile(path.join(place.stateDir, 'epoch.1'), JSON.stringify(whole));
}

/** Fills the queue of connections that a paused process does not accept. */
async function crowd(socketPath: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (;;) {
    const socket = connectSocket(socketPath);
    const code = await new Promise<string>((resolve) => {
      socket.once('connect', () => resolve('connected'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    });
    sockets.push(socket);
    socket.on('error', () => undefined);
    if (code !== 'connected') return sockets;
  }
}

describe('a dispatcher that does not answer', () => {
  it.each(['accepts connections', 'has no room for another connection'])(
    'is killed, and its task goes on as it was, when it is paused and %s',
    async (how) => {
      const taskId = await place.spawnWaiting(await place.connect());
      const paused = await place.owner();
      const socket = await place.socket();
      process.kill(paused.pid, 'SIGSTOP');
      const sockets = how === 'accepts connections' ? [] : await crowd(socket);
      const next = await place.connect(impatient);
      expect(isAlive(paused)).toBe('dead');
      for (const one of sockets) one.destroy();
      expect(await place.finish(next, taskId)).toMatchObject({ status: 'succeeded', result: 'seen\n', attempt: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'is killed when it says hello and then nothing more',
    async () => {
      await mkdir(place.stateDir, { mode: 0o700 });
      const program = fileURLToPath(new URL('dispatcher/testdata/hello-only.mjs', import.meta.url));
      const socket = path.join(place.stateDir, 'd-000000000000.sock');
      const child = spawn(process.execPath, [program, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
      others.push(child);
      const [who] = (await once(child.stdout, 'data')) as [Buffer];
      await leftBy(JSON.parse(who.toString()) as Record<string, unknown>);
      const next = await place.connect(impatient);
      expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
      expect(await next.list({})).toEqual({ tasks: [] });
    },
    TIMEOUT_MS,
  );

  it(
    'is killed when it is paused under a front door that called it before, whose call is answered by the next',
    async () => {
      const before = await place.connect(impatient);
      const paused = await place.owner();
      process.kill(paused.pid, 'SIGSTOP');
      expect(await before.list({})).toEqual({ tasks: [] });
      expect(isAlive(paused)).toBe('dead');
    },
    TIMEOUT_MS,
  );

  it(
    'is killed when it is paused and its socket is gone',
    async () => {
      const taskId = await place.spawnWaiting(await place.connect());
      const paused = await place.owner();
      process.kill(paused.pid, 'SIGSTOP');
      await rm(await place.socket());
      const next = await place.connect();
      expect(isAlive(paused)).toBe('dead');
      expect(await place.finish(next, taskId)).toMatchObject({ status: 'succeeded', attempt: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'is not killed when it listens again within the time that it has to end',
    async () => {
      const before = await place.connect();
      const owner = await place.owner();
      const socket = await place.socket();
      process.kill(owner.pid, 'SIGSTOP');
      await rename(socket, `${socket}.away`);
      const late = place.connect();
      await until('the front door looks for another', async () => (await place.names(/^starting\.lock$/)).length > 0);
      await rename(`${socket}.away`, socket);
      process.kill(owner.pid, 'SIGCONT');
      expect(await (await late).list({})).toEqual({ tasks: [] });
      expect(await before.list({})).toEqual({ tasks: [] });
      expect(await place.pid()).toBe(owner.pid);
    },
    TIMEOUT_MS,
  );

  it(
    'is not killed while it only ends: a front door waits for that',
    async () => {
      await place.connect();
      const { pid } = await place.owner();
      process.kill(pid, 'SIGTERM');
      await place.connect();
      expect(place.log).toContain('"reason":"SIGTERM"');
      expect(await place.pid()).not.toBe(pid);
      expect(await place.owner()).toMatchObject({ epoch: 2 });
    },
    TIMEOUT_MS,
  );
});

it(
  'a dispatcher that is dead already was not stopped by who asks for that',
  async () => {
    await leftBy({ pid: await stranger(), startTime: '1' });
    expect(await stopDispatcher(place.options)).toBe(false);
    expect(await stopDispatcher(place.options, true)).toBe(false);
    await place.connect();
    process.kill(await place.pid(), 'SIGKILL');
    await untilDead(await place.owner());
    expect(await stopDispatcher(place.options)).toBe(false);
  },
  TIMEOUT_MS,
);

describe('an owner whose death cannot be confirmed', () => {
  it.each<[string, () => Promise<Record<string, unknown>>]>([
    ['is on another host', async () => ({ host: 'elsewhere' })],
    ['was recorded without its start time', async () => ({ pid: await stranger(), startTime: '' })],
  ])(
    'keeps the directory when it %s, until the user says that it is dead',
    async (_how, record) => {
      const owner = await record();
      await leftBy(owner);
      await expect(place.connect(impatient)).rejects.toMatchObject({
        code: 'AD_DISPATCHER_UNREACHABLE',
        hint: expect.stringContaining('agentdispatch dispatcher stop --force'),
      });
      expect(await place.names(/^epoch|\.sock$|lock/)).toEqual(['epoch.1']);
      expect(await stopDispatcher(place.options, true)).toBe(true);
      await place.connect();
      expect(others.every(({ exitCode, signalCode }) => exitCode === null && signalCode === null)).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    'loses the directory when its number belongs to another process now, which is left alone',
    async () => {
      const pid = await stranger();
      await leftBy({ pid, startTime: '1' });
      await place.connect();
      expect(await place.owner()).toMatchObject({ epoch: 2 });
      expect(others[0]?.signalCode).toBeNull();
    },
    TIMEOUT_MS,
  );

  it(
    'keeps the directory when its socket is forbidden to us: nothing is started, removed or killed',
    async () => {
      // For root nothing is forbidden: the front door is another user then.
      const uid = process.getuid?.() === 0 ? 65_534 : undefined;
      const locked = path.join(place.root, 'locked');
      const socket = path.join(locked, 'd.sock');
      const pid = await stranger();
      await leftBy({ ...processIdentity(), pid, startTime: '', socket });
      await mkdir(locked, { mode: 0o000 });
      if (uid !== undefined) for (const one of [place.root, place.stateDir]) await chown(one, uid, uid);
      const said = await place.frontDoor({ uid }).said;
      await chmod(locked, 0o700);
      expect(said.error).toMatchObject({ code: 'AD_DISPATCHER_UNREACHABLE', message: expect.stringMatching(/EACCES/) });
      expect(said.error?.hint).toMatch(/nothing was started/);
      expect(await place.names(/./)).toEqual(['epoch.1']);
      expect(others[0]?.signalCode).toBeNull();
      if (uid !== undefined) for (const one of [place.root, place.stateDir]) await chown(one, 0, 0);
    },
    TIMEOUT_MS,
  );
});

describe('a dispatcher that nobody finds any more', () => {
  it.each<[string, RegExp]>([
    ['its socket is removed', /\.sock$/],
    ['its epoch file is removed', /^epoch\./],
  ])(
    'ends in order when %s, and the next one takes its tasks up',
    async (_what, pattern) => {
      const taskId = await place.spawnWaiting(await place.connect());
      const owner = await place.owner();
      for (const name of await place.names(pattern)) await rm(path.join(place.stateDir, name));
      await untilDead(owner);
      expect(place.log).toContain('"dispatcher ends"');
      expect(await place.finish(await place.connect(), taskId)).toMatchObject({ status: 'succeeded', attempt: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'ends when its state directory is moved away, and makes no new one',
    async () => {
      await place.connect();
      await place.disconnect();
      const owner = await place.owner();
      await rename(place.stateDir, `${place.stateDir}.old`);
      await untilDead(owner);
      expect(existsSync(place.stateDir)).toBe(false);
    },
    TIMEOUT_MS,
  );

  it(
    'ends when another owner followed, whoever that is',
    async () => {
      await place.connect();
      const owner = await place.owner();
      const next = { ...owner, epoch: 2, incarnation: 'next', host: 'elsewhere', socket: '/nowhere' };
      await writeFile(path.join(place.stateDir, 'epoch.2'), JSON.stringify(next));
      await untilDead(owner);
      expect(await place.owner()).toEqual(next);
    },
    TIMEOUT_MS,
  );
});

describe('a process that hosts the engine itself', () => {
  it(
    'takes the directory from a paused dispatcher',
    async () => {
      const taskId = await place.spawnWaiting(await place.connect());
      const paused = await place.owner();
      process.kill(paused.pid, 'SIGSTOP');
      const inline = await place.connect({ ...impatient, engine: 'inline' });
      expect(isAlive(paused)).toBe('dead');
      expect(await place.finish(inline, taskId)).toMatchObject({ status: 'succeeded', attempt: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'is in the way of a dispatcher while it lives, and leaves its tasks to one when it is killed',
    async () => {
      const host = place.frontDoor({ engine: 'inline', instruction: 'wait' });
      const { task_id: taskId = '' } = await host.said;
      await expect(place.connect()).rejects.toMatchObject({ code: 'AD_DISPATCHER_HELD' });
      await expect(runDispatcher(place.options)).rejects.toMatchObject({ code: 'AD_DISPATCHER_HELD' });
      host.child.kill('SIGKILL');
      await host.ended;
      const next = await place.connect();
      expect(await place.finish(next, taskId)).toMatchObject({ status: 'succeeded', result: 'seen\n', attempt: 1 });
    },
    TIMEOUT_MS,
  );
});

it(
  'a front door that is killed at any moment of starting a dispatcher leaves a way for the next',
  async () => {
    const moments: (() => Promise<boolean>)[] = [
      async () => (await place.names(/^starting\.lock$/)).length > 0,
      async () => (await place.names(/\.sock$/)).length > 0,
      async () => (await place.names(/^epoch\.\d+$/)).length > 0,
    ];
    for (const moment of moments) {
      const { child, ended } = place.frontDoor();
      await until('the front door gets so far', moment);
      child.kill('SIGKILL');
      await ended;
      // The second time it has to start one, whatever the first was left.
      for (const _time of [1, 2]) {
        await place.connect();
        await place.disconnect();
        await stopDispatcher(place.options);
      }
      expect(await place.names(/^starting|\.tmp$/)).toEqual([]);
      await rm(place.stateDir, { recursive: true });
    }
  },
  TIMEOUT_MS,
);

it(
  'front doors that come at the same time start one process between them',
  async () => {
    const told = await Promise.all([1, 2, 3, 4, 5].map(() => place.frontDoor().said));
    expect(told).toEqual(Array(5).fill({ pid: await place.pid() }));
    expect(place.log.match(/"dispatcher starts"/g)).toHaveLength(1);
    expect(await place.names(/^starting|\.tmp$/)).toEqual([]);
  },
  TIMEOUT_MS,
);
