// Front doors and dispatchers as real processes. Needs the built packages, as every front door does.
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dispatcherStatus, stopDispatcher } from './connect.js';
import { DispatcherPlace, taskIdOf, TIMEOUT_MS, untilDead } from './dispatcher/testdata/place.js';

let place: DispatcherPlace;
beforeEach(async () => {
  place = await DispatcherPlace.make();
});
afterEach(() => place.end(), TIMEOUT_MS);

describe('a front door', () => {
  it(
    'shares one dispatcher with others that come at the same time',
    async () => {
      await Promise.all([1, 2, 3, 4].map(() => place.connect()));
      expect(await place.names(/^epoch/)).toEqual(['epoch.1']);
      expect(await dispatcherStatus(place.options)).toMatchObject({ clients: 4 });
    },
    TIMEOUT_MS,
  );

  it(
    'finds its task again, done once, after the dispatcher was killed',
    async () => {
      const controlPlane = await place.connect();
      const taskId = await place.spawnWaiting(controlPlane);
      const first = await place.pid();
      process.kill(first, 'SIGKILL');
      await place.go();
      const waited = await controlPlane
        .wait({ task_ids: [taskId], timeout_seconds: 30 })
        .catch(() => controlPlane.wait({ task_ids: [taskId], timeout_seconds: 30 }));
      expect(waited.done[0]).toMatchObject({ status: 'succeeded', result: 'seen\n', attempt: 1 });
      expect(await place.pid()).not.toBe(first);
      expect(await place.names(/\.sock$/)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'connects once for all calls that a dispatcher left unanswered when it was killed',
    async () => {
      const controlPlane = await place.connect();
      process.kill(await place.pid(), 'SIGKILL');
      const listed = await Promise.all([1, 2, 3].map(() => controlPlane.list({})));
      expect(listed).toEqual(Array(3).fill({ tasks: [] }));
      expect(await dispatcherStatus(place.options)).toMatchObject({ clients: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'replaces an idle dispatcher that holds another configuration',
    async () => {
      const before = await place.connect();
      const first = await place.pid();
      await place.configure({ limits: { maxConcurrent: 7 } });
      await place.connect();
      expect(await place.pid()).not.toBe(first);
      // Who was connected to the old one goes on with the new one and the configuration as it is now.
      expect(await before.list({})).toEqual({ tasks: [] });
    },
    TIMEOUT_MS,
  );

  it(
    'may look and cancel, but not start, while a dispatcher with another configuration is at work',
    async () => {
      const taskId = await place.spawnWaiting(await place.connect());
      const first = await place.pid();
      await place.configure({ limits: { maxConcurrent: 7 } });
      const late = await place.connect();
      await expect(late.spawn({ instruction: 'another' })).rejects.toMatchObject({
        code: 'AD_DISPATCHER_INCOMPATIBLE',
      });
      expect(await late.get({ task_id: taskId })).toMatchObject({ task_id: taskId });
      expect(await place.pid()).toBe(first);
      await late.cancel({ task_id: taskId });
      const { done } = await late.wait({ task_ids: [taskId], timeout_seconds: 30 });
      expect(done[0]).toMatchObject({ status: 'cancelled' });
    },
    TIMEOUT_MS,
  );

  it(
    'gives its own environment only as far as the configuration refers to it',
    async () => {
      const print = [
        process.execPath,
        '-e',
        'process.stdin.resume();console.log(process.env.WANTED, process.env.OTHER)',
      ];
      const runtime = {
        account: 'here',
        target: { mode: 'runtime', protocol: 'stdio', details: { command: print } },
        secrets: { WANTED: { source: 'environment', name: 'SOURCE_OF_WANTED' } },
      };
      await place.configure({ runtimes: { printing: runtime } });
      const poor = await place.connect();
      await expect(poor.check({ runtime: 'printing' })).resolves.toMatchObject({ ok: false });
      const value = ['a', 'value', 'nobody', 'prints'].join('-');
      const rich = await place.connect({ env: { ...place.options.env, SOURCE_OF_WANTED: value, OTHER: 'other' } });
      const taskId = taskIdOf(await rich.spawn({ instruction: 'print' }));
      const { done } = await rich.wait({ task_ids: [taskId], timeout_seconds: 30 });
      // The agent had the value; what it printed is redacted on its way into the store.
      expect(done[0]).toMatchObject({ status: 'succeeded', result: '[redacted:known-value] undefined\n' });
      expect(place.log).not.toContain(value);
      expect(place.log).not.toContain('SOURCE_OF_WANTED');
    },
    TIMEOUT_MS,
  );

  it(
    'finds its task again after a dispatcher that was paused is stopped by force',
    async () => {
      const controlPlane = await place.connect();
      const taskId = await place.spawnWaiting(controlPlane);
      process.kill(await place.pid(), 'SIGSTOP');
      expect(await stopDispatcher(place.options, true)).toBe(true);
      await place.go();
      const { done } = await (await place.connect()).wait({ task_ids: [taskId], timeout_seconds: 30 });
      expect(done[0]).toMatchObject({ status: 'succeeded', result: 'seen\n', attempt: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'is told that a live dispatcher holds the directory when it wants to host the engine itself',
    async () => {
      await place.connect();
      await expect(place.connect({ engine: 'inline' })).rejects.toMatchObject({ code: 'AD_DISPATCHER_HELD' });
    },
    TIMEOUT_MS,
  );

  it(
    'hosts the engine itself where nobody does',
    async () => {
      const controlPlane = await place.connect({ engine: 'inline' });
      const taskId = await place.spawnWaiting(controlPlane);
      await place.go();
      const { done } = await controlPlane.wait({ task_ids: [taskId], timeout_seconds: 30 });
      expect(done[0]).toMatchObject({ status: 'succeeded' });
      await expect(place.connect()).rejects.toMatchObject({ code: 'AD_DISPATCHER_HELD' });
    },
    TIMEOUT_MS,
  );

  it(
    'reaches a dispatcher whose state directory has a longer path than a socket may have',
    async () => {
      const deep = path.join(place.root, ...Array<string>(12).fill('a-long-directory'));
      await place.configure({ stateDir: deep });
      const controlPlane = await place.connect();
      expect(await controlPlane.list({})).toEqual({ tasks: [] });
      expect(await dispatcherStatus(place.options)).toMatchObject({ stateDir: deep, clients: 1 });
      expect(await stopDispatcher(place.options)).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    'may leave: an idle dispatcher ends by itself, one with an open task only after that',
    async () => {
      const dispatcher = { idleSeconds: 1 };
      const idle = await DispatcherPlace.make({ dispatcher });
      try {
        await place.configure({ dispatcher });
        const taskId = await place.spawnWaiting(await place.connect());
        await place.disconnect();
        await idle.connect();
        await idle.disconnect();
        const [busy, other] = [await place.owner(), await idle.owner()];
        await untilDead(other);
        expect(idle.log).toContain('"reason":"idle"');
        // Alone for longer than the other one.
        expect(await place.pid()).toBe(busy.pid);
        await place.go();
        await untilDead(busy);
        expect(place.log).toContain('"reason":"idle"');
        expect(await (await place.connect()).get({ task_id: taskId })).toMatchObject({ status: 'succeeded' });
      } finally {
        await idle.end();
      }
    },
    TIMEOUT_MS,
  );
});
