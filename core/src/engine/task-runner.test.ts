// Cancel against everything else, and what happens to tasks when their driver or their store does not answer.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import { MemoryPlace } from '../store/index.js';
import { settle } from '../testing/simulated-clock.js';
import { Host } from './testdata/host.js';
import { events, Feed, silent } from './testdata/scripted-driver.js';
import { newTask } from './testdata/tasks.js';

const ended = { type: 'ended', outcome: 'succeeded', result: { text: 'done' } };
const unavailable = new DispatchError('AD_PROVIDER_UNAVAILABLE', 'no answer');

let host: Host;
beforeEach(async () => {
  host = await Host.start();
});
afterEach(() => host.stop());

describe('a cancel', () => {
  it('of a task that provisions aborts that, cancels, cleans up, and never starts', async () => {
    host.driver.provisioning = new Feed().follow;
    const taskId = await host.submit();
    await host.eventually(() => host.driver.verbs().includes('provision'));
    await host.cancel(taskId);
    const record = await host.until(taskId, 'cancelled');
    expect(record).toMatchObject({ cancel: { level: 'stopped' }, cleanup: { state: 'done' } });
    expect(host.driver.verbs()).toEqual(['provision', 'cancel', 'cleanup']);
    expect(host.driver.last('provision').context.signal.aborted).toBe(true);
  });

  it('of a start waits until that has settled', async () => {
    const order: string[] = [];
    const settling = async (signal: AbortSignal): Promise<void> => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await settle(5);
      order.push('start settled');
    };
    host.driver.starting = (_handle, { signal }) => silent(settling(signal));
    host.driver.cancelling = async () => {
      order.push('cancel');
      return 'stopped';
    };
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    await host.cancel(taskId);
    await host.until(taskId, 'cancelled');
    expect(order).toEqual(['start settled', 'cancel']);
  });

  it('of a start that ignores its signal waits for a bounded time', async () => {
    host.driver.starting = () => silent(new Promise(() => undefined));
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    await host.cancel(taskId);
    await host.until(taskId, 'cancelling');
    expect(host.driver.verbs()).not.toContain('cancel');
    await host.clock.advance(10_000);
    expect(host.driver.verbs()).toContain('cancel');
    await host.clock.advance(10_000);
    expect(await host.record(taskId)).toMatchObject({ status: 'cancelled', cleanup: { state: 'done' } });
  });

  it('keeps a name that is learned while the start is aborted', async () => {
    host.driver.starting = async function* (handle, { signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      yield { type: 'handle', handle: { ...handle, resources: [{ id: 'late', kind: 'box', scope: 'attempt' }] } };
      yield ended;
    };
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    await host.cancel(taskId);
    const record = await host.until(taskId, 'cancelled');
    expect(record.resources).toContainEqual(
      expect.objectContaining({ resource: expect.objectContaining({ id: 'late' }), state: 'released' }),
    );
  });

  it('of an unclear start is made again after the settle time', async () => {
    host.driver.starting = new Feed().follow;
    const taskId = await host.submit({ route: { settleSeconds: 30 } });
    await host.until(taskId, 'starting');
    await host.cancel(taskId);
    await host.eventually(() => host.driver.verbs().includes('cancel'));
    await host.clock.advance(29_000);
    expect((await host.record(taskId)).status).toBe('cancelling');
    await host.clock.advance(1000);
    expect(host.driver.verbs()).toEqual(['provision', 'start', 'cancel', 'cancel', 'cleanup']);
    expect((await host.record(taskId)).status).toBe('cancelled');
  });

  it('that the driver fails is tried again', async () => {
    host.driver.starting = new Feed().follow;
    let tries = 0;
    host.driver.cancelling = async () => {
      tries += 1;
      if (tries < 3) throw unavailable;
      return 'requested';
    };
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    await host.cancel(taskId);
    await host.until(taskId, 'cancelling');
    await host.clock.advance(3000);
    expect(await host.record(taskId)).toMatchObject({ status: 'cancelled', cancel: { level: 'requested', tries: 2 } });
  });

  it('that the driver never answers does not hold the task for ever', async () => {
    host.driver.starting = new Feed().follow;
    host.driver.cancelling = () => new Promise(() => undefined);
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    await host.cancel(taskId);
    await host.until(taskId, 'cancelling');
    await host.clock.advance(5 * 120_000 + 30_000);
    expect(await host.record(taskId)).toMatchObject({ status: 'cancelled', cancel: { level: 'unsupported' } });
  });

  it('posted while a success is being stored comes too late, or the success does: never both', async () => {
    const feed = new Feed();
    host.driver.starting = feed.follow;
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    feed.push(ended);
    await host.cancel(taskId);
    await host.eventually(async () => ['succeeded', 'cancelled'].includes((await host.record(taskId)).status));
    const { status, outcome } = await host.record(taskId);
    expect(outcome?.status).toBe(status);
    expect((await host.path(taskId)).filter((to) => to === 'succeeded' || to === 'cancelled')).toHaveLength(1);
  });

  it('stored before the owner saw it wins over the success that the owner stores next', async () => {
    const feed = new Feed();
    host.driver.starting = feed.follow;
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    const commit = host.store.commit.bind(host.store);
    host.store.commit = async (changes) => {
      host.store.commit = commit;
      await host.cancel(taskId);
      return await commit(changes);
    };
    feed.push(ended);
    await host.until(taskId, 'cancelled');
    expect((await host.record(taskId)).outcome).not.toHaveProperty('result');
  });

  it('of an ended task is read and changes nothing', async () => {
    const taskId = await host.submit();
    const before = await host.until(taskId, 'succeeded');
    await host.cancel(taskId);
    await host.eventually(async () => (await host.store.get(taskId))?.consumed === 1);
    expect((await host.record(taskId)).outcome).toEqual(before.outcome);
    expect(host.engine.openTasks).toBe(0);
  });

  it('is carried on by the next process', async () => {
    host.driver.starting = new Feed().follow;
    host.driver.cancelling = () => new Promise(() => undefined);
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    await host.cancel(taskId);
    await host.eventually(() => host.driver.verbs().includes('cancel'));
    await host.stop();
    host.driver.cancelling = async () => 'stopped';
    host = await host.successor();
    await host.until(taskId, 'cancelled');
  });
});

describe('a process that stops', () => {
  it('begins nothing any more, not even what was being stored at that moment', async () => {
    const place = new MemoryPlace();
    await host.stop();
    host = await Host.start({ place });
    const provisioning = new Feed();
    host.driver.provisioning = provisioning.follow;
    const taskId = await host.submit();
    await host.until(taskId, 'provisioning');
    let goOn = (): void => undefined;
    const disk = new Promise<void>((resolve) => (goOn = resolve));
    let writes = 0;
    place.backing.write = () => {
      writes += 1;
      return disk;
    };
    provisioning.close();
    await host.eventually(() => writes > 0);
    const stopped = host.engine.stop();
    goOn();
    await stopped;
    await settle();
    expect(host.driver.verbs()).toEqual(['provision']);
  });

  it('keeps a name that is learned while the start settles', async () => {
    host.driver.starting = async function* (handle, { signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      yield { type: 'handle', handle: { ...handle, resources: [{ id: 'late', kind: 'box', scope: 'attempt' }] } };
    };
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    await host.stop();
    host = await host.successor();
    const record = await host.until(taskId, 'lost');
    expect(record.resources.map(({ resource, state }) => [resource.id, state])).toContainEqual(['late', 'released']);
  });
});

describe('while a driver is busy', () => {
  it('nothing is asked of it again and again', async () => {
    let cleanups = 0;
    host.driver.cleaning = () => {
      cleanups += 1;
      return new Promise(() => undefined);
    };
    const taskId = await host.submit();
    await host.until(taskId, 'succeeded');
    const advances: unknown[] = [];
    const sleep = host.clock.sleep.bind(host.clock);
    host.clock.sleep = (ms, signal) => {
      advances.push(ms);
      return sleep(ms, signal);
    };
    await host.clock.advance(60_000);
    expect(cleanups).toBe(1);
    expect(advances.length).toBeLessThan(20);
  });
});

describe('a store that fails', () => {
  it('stops the engine and says why', async () => {
    host.driver.starting = new Feed().follow;
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    const broken = new DispatchError('AD_STORE_UNAVAILABLE', 'disk full');
    host.store.commit = () => Promise.reject(broken);
    await host.cancel(taskId);
    await host.eventually(() => host.engine.failure !== undefined);
    expect(host.engine.failure).toMatchObject({ code: broken.code });
    expect(host.driver.verbs()).not.toContain('cancel');
    expect(host.driver.last('start').context.signal.aborted).toBe(true);
  });

  it('keeps a driver from making what it could not name', async () => {
    let made = false;
    const feed = new Feed();
    host.driver.starting = async function* (handle, context) {
      yield* feed.follow(handle, context) as AsyncGenerator;
      yield { type: 'handle', handle: { ...handle, data: { pid: 7 } } };
      made = true;
    };
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    host.store.commit = () => Promise.reject(new DispatchError('AD_STORE_UNAVAILABLE', 'disk full'));
    feed.close();
    await host.eventually(() => host.engine.failure !== undefined);
    await settle();
    expect(made).toBe(false);
  });

  it('for one task stops that task alone', async () => {
    const commit = host.store.commit.bind(host.store);
    const first = await host.submit();
    await host.until(first, 'succeeded');
    host.driver.starting = new Feed().follow;
    const second = await host.submit();
    await host.until(second, 'starting');
    host.store.commit = async (changes) => {
      if (changes.some(({ taskId }) => taskId === second)) throw new DispatchError('AD_STORE_CORRUPT', 'damaged');
      return await commit(changes);
    };
    await host.cancel(second);
    await host.eventually(() => host.engine.openTasks === 0);
    host.driver.starting = () => events(ended);
    await host.until(await host.submit(), 'succeeded');
    expect(host.engine.failure).toBeUndefined();
  });
});

it('a large input reaches the driver whole', async () => {
  const seen: unknown[] = [];
  host.driver.planning = ({ input }, { taskId }) => {
    seen.push(input);
    return { version: 1, data: { taskId }, resources: [] };
  };
  const input = { instruction: 'x'.repeat(20_000) };
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  const { store, clock } = host;
  const taskId = newTask().taskId;
  await store.create(
    { ...newTask(), createdAt: clock.now(), input: { blob: 'input.json', size: bytes.length } },
    { events: [], wakeAt: clock.now(), blobs: [{ name: 'input.json', bytes }] },
  );
  await host.until(taskId, 'succeeded');
  expect(seen).toEqual([input]);
});
