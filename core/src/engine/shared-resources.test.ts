// Resources that outlive the task that made them: kept for a while, or shared with other tasks.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CleanupProof, Resource } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { Host } from './testdata/host.js';
import { events, Feed } from './testdata/scripted-driver.js';

const SECOND = 1000;
const ended = { type: 'ended', outcome: 'succeeded' };

let host: Host;
/** A stream for each task, fed by its id. */
let feeds: Map<string, Feed>;
beforeEach(async () => {
  host = await Host.start();
  feeds = new Map();
  host.driver.starting = (handle, context) => {
    const feed = new Feed();
    feeds.set(context.taskId, feed);
    return feed.follow(handle, context);
  };
});
afterEach(() => host.stop());

const plan = (...resources: Omit<Resource, 'kind'>[]): void => {
  host.driver.planning = () => ({
    version: 1,
    data: {},
    resources: resources.map((resource) => ({ kind: 'machine', ...resource })),
  });
};
const shared = (more: Partial<Resource> = {}): Omit<Resource, 'kind'> => ({ id: 'm', scope: 'shared:image', ...more });
const removals = (): number => host.driver.verbs().filter((verb) => verb === 'cleanup').length;
const stateOf = async (taskId: string): Promise<unknown> =>
  (await host.record(taskId)).resources.map(({ state }) => state);

async function begun(): Promise<string> {
  const taskId = await host.submit();
  await host.until(taskId, 'starting');
  return taskId;
}

async function finish(taskId: string, event: object = ended): Promise<void> {
  feeds.get(taskId)?.push(event);
  await host.eventually(async () => (await host.record(taskId)).endedAt !== undefined);
  await host.clock.advance(0);
}

describe('a kept resource', () => {
  beforeEach(() => plan({ id: 'kept', scope: 'task', keepSeconds: 60 }, { id: 'now', scope: 'attempt' }));

  it('stays until its time is over, the rest is released at the end', async () => {
    const taskId = await begun();
    await finish(taskId);
    expect(await host.record(taskId)).toMatchObject({ status: 'succeeded', cleanup: { state: 'kept' } });
    expect(await stateOf(taskId)).toEqual(['planned', 'released']);
    await host.clock.advance(59 * SECOND);
    expect(await stateOf(taskId)).toEqual(['planned', 'released']);
    await host.clock.advance(SECOND);
    expect(await host.record(taskId)).toMatchObject({ cleanup: { state: 'done' } });
    expect(await stateOf(taskId)).toEqual(['released', 'released']);
  });

  it('is released by the next process when this one is gone', async () => {
    const taskId = await begun();
    await finish(taskId);
    await host.stop();
    const next = await host.successor();
    await next.clock.advance(60 * SECOND);
    expect(await next.record(taskId)).toMatchObject({ cleanup: { state: 'done' } });
    await next.stop();
  });

  it('is released at once on a cancel after the end, which stays what it was', async () => {
    const taskId = await begun();
    await finish(taskId);
    await host.cancel(taskId);
    await host.eventually(async () => (await host.record(taskId)).cleanup.state === 'done');
    expect((await host.record(taskId)).status).toBe('succeeded');
  });

  it('is not kept when the task was cancelled', async () => {
    const taskId = await begun();
    await host.cancel(taskId);
    const record = await host.until(taskId, 'cancelled');
    expect(record).toMatchObject({ cleanup: { state: 'done' } });
  });

  it('is not kept when a deadline stopped the task', async () => {
    const taskId = await begun();
    await host.clock.advance(3600 * SECOND);
    expect(await host.record(taskId)).toMatchObject({ status: 'failed', cleanup: { state: 'done' } });
  });

  it('is kept when the work itself failed', async () => {
    const taskId = await begun();
    await finish(taskId, { type: 'ended', outcome: 'failed' });
    expect(await host.record(taskId)).toMatchObject({ status: 'failed', cleanup: { state: 'kept' } });
  });

  it('does not keep the slot of its task', async () => {
    await host.stop();
    host = await Host.start({ driver: host.driver, ports: { slots: () => [{ key: 'tasks', limit: 1 }] } });
    await finish(await begun());
    await begun();
  });
});

describe('a shared resource', () => {
  beforeEach(() => plan(shared()));

  it('is removed once, by the last of the tasks that use it', async () => {
    const [first, second] = [await begun(), await begun()];
    await finish(first);
    expect(await host.record(first)).toMatchObject({ cleanup: { state: 'done' } });
    expect([await stateOf(first), removals()]).toEqual([['left'], 0]);
    await finish(second);
    expect([await stateOf(second), removals()]).toEqual([['released'], 1]);
  });

  it('is removed once when all its tasks end at the same time', async () => {
    const all = [await begun(), await begun(), await begun()];
    for (const taskId of all) feeds.get(taskId)?.push(ended);
    for (const taskId of all) await finish(taskId, {});
    await host.eventually(async () =>
      (await Promise.all(all.map(stateOf))).flat().every((state) => state !== 'planned'),
    );
    expect((await Promise.all(all.map(stateOf))).flat().sort()).toEqual(['left', 'left', 'released']);
    expect(removals()).toBe(1);
  });

  it('stays as long as it is asked to be kept after its last use', async () => {
    plan(shared({ keepSeconds: 60 }));
    const first = await begun();
    await finish(first);
    await host.clock.advance(50 * SECOND);
    const second = await begun();
    await host.clock.advance(SECOND);
    await finish(second);
    await host.clock.advance(59 * SECOND);
    expect([await stateOf(first), await stateOf(second), removals()]).toEqual([['left'], ['planned'], 0]);
    await host.clock.advance(SECOND);
    expect([await stateOf(second), removals()]).toEqual([['released'], 1]);
  });

  it('is not kept after work that was stopped, for it may go on there', async () => {
    plan(shared({ keepSeconds: 60 }));
    const taskId = await begun();
    await host.cancel(taskId);
    await host.until(taskId, 'cancelled');
    await host.clock.advance(0);
    expect([await stateOf(taskId), removals()]).toEqual([['released'], 1]);
  });

  it('is kept for the tasks of which one was stopped, until the last use of the others', async () => {
    plan(shared({ keepSeconds: 60 }));
    const [first, second] = [await begun(), await begun()];
    await finish(first);
    await host.cancel(second);
    await host.until(second, 'cancelled');
    await host.clock.advance(0);
    expect([await stateOf(first), await stateOf(second), removals()]).toEqual([['planned'], ['left'], 0]);
    await host.clock.advance(60 * SECOND);
    expect([await stateOf(first), removals()]).toEqual([['released'], 1]);
  });

  it('that several attempts named is kept as long as the last one asks', async () => {
    plan(shared({ keepSeconds: 60 }));
    host.driver.starting = (_handle, { attempt }) => {
      if (attempt === 1) throw new DispatchError('AD_PROVIDER_THROTTLED', 'slow down');
      return events(ended);
    };
    const taskId = await host.submit({ request: { retry: { maxAttempts: 2 } } });
    await host.clock.advance(2 * SECOND);
    expect(await host.record(taskId)).toMatchObject({ status: 'succeeded', cleanup: { state: 'kept' } });
    expect([await stateOf(taskId), removals()]).toEqual([['planned', 'planned'], 0]);
    await host.clock.advance(60 * SECOND);
    expect(await stateOf(taskId)).toEqual(['released', 'released']);
  });

  it('that is being removed is waited for by a new task', async () => {
    let removed: (proofs: CleanupProof[]) => void = () => undefined;
    host.driver.cleaning = () => new Promise((resolve) => (removed = resolve));
    const first = await begun();
    await finish(first);
    expect(await stateOf(first)).toEqual(['removing']);
    const second = await host.submit();
    await host.clock.advance(0);
    expect(await host.record(second)).toMatchObject({ status: 'queued', waitingFor: 'shared:dev:image' });
    removed([{ id: 'm', proof: 'verified' }]);
    await host.until(second, 'starting');
    expect(host.driver.verbs(second)).toEqual(['provision', 'start']);
  });

  it('whose removal was under way when the process ended is removed by the next', async () => {
    host.driver.cleaning = () => new Promise(() => undefined);
    const taskId = await begun();
    await finish(taskId);
    await host.stop();
    host.driver.cleaning = async (resources) => resources.map(({ id }) => ({ id, proof: 'verified' }));
    const next = await host.successor();
    await next.eventually(async () => (await next.record(taskId)).cleanup.state === 'done');
    await next.stop();
  });

  it('whose removal was given up is left alone when it is tried again and others use it', async () => {
    const { cleaning } = host.driver;
    host.driver.cleaning = async () => [];
    const first = await begun();
    await finish(first);
    for (let { nextAt } = (await host.record(first)).cleanup; nextAt !== undefined;) {
      await host.clock.advance(nextAt - host.clock.now());
      ({ nextAt } = (await host.record(first)).cleanup);
    }
    expect(await host.record(first)).toMatchObject({ cleanup: { state: 'abandoned' } });
    host.driver.cleaning = cleaning;
    const second = await begun();
    const before = removals();
    await host.store.post(first, { commandId: 'again', kind: 'cleanup', body: {} });
    await host.eventually(async () => (await host.record(first)).cleanup.state === 'done');
    expect([await stateOf(first), removals() - before]).toEqual([['left'], 0]);
    await finish(second);
    expect(await stateOf(second)).toEqual(['released']);
  }, 60_000);

  it('of another account is another one', async () => {
    const first = await begun();
    const other = await host.submit({ route: { account: 'other' } });
    await host.until(other, 'starting');
    await finish(first);
    expect([await stateOf(first), removals()]).toEqual([['released'], 1]);
  });

  it('of a task with several attempts is removed at its end', async () => {
    host.driver.starting = (_handle, { attempt }) => {
      if (attempt === 1) throw new DispatchError('AD_PROVIDER_THROTTLED', 'slow down');
      return events(ended);
    };
    const taskId = await host.submit({ request: { retry: { maxAttempts: 2 } } });
    await host.clock.advance(2 * SECOND);
    expect(await host.record(taskId)).toMatchObject({ status: 'succeeded', attempt: 2, cleanup: { state: 'done' } });
    expect(await stateOf(taskId)).toEqual(['released', 'released']);
  });
});
