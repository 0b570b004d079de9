import { describe, expect, it } from '@jest/globals';
import type { StoredTask } from '../store/index.js';
import { settle, SimulatedClock } from '../testing/simulated-clock.js';
import { WaitingRoom } from './waiting-room.js';

const WAITERS = 10_000;
const POLL_MS = 5_000;

/** A store of revisions alone, that counts what is asked of it. */
class Revisions {
  readonly revs = new Map<string, number>();
  readonly ended = new Set<string>();
  readonly watched = new Map<string, () => void>();
  reads = 0;
  failing = false;

  async get(taskId: string): Promise<StoredTask | undefined> {
    this.reads += 1;
    if (this.failing) throw new Error('the session is lost');
    const rev = this.revs.get(taskId);
    const status = this.ended.has(taskId) ? 'succeeded' : 'running';
    return rev === undefined ? undefined : ({ rev, record: { taskId, status } } as StoredTask);
  }

  watch(taskId: string, listener: (taskId: string) => void): () => void {
    if (this.watched.has(taskId)) throw new Error(`${taskId} is watched twice`);
    this.watched.set(taskId, () => listener(taskId));
    return () => void this.watched.delete(taskId);
  }

  hint(taskId: string): void {
    this.watched.get(taskId)?.();
  }
}

function open() {
  const store = new Revisions();
  const clock = new SimulatedClock();
  const room = new WaitingRoom(store, clock);
  const told: (number | undefined)[] = [];
  const join = (taskId: string): (() => void) => room.join(taskId, (task) => told.push(task?.rev));
  return { store, clock, room, told, join };
}

describe('the waiting room', () => {
  it('reads a task once for ten thousand who wait for it, at a change and at each poll', async () => {
    const { store, clock, told, join } = open();
    store.revs.set('a', 1);
    for (let waiter = 0; waiter < WAITERS; waiter += 1) join('a');
    store.hint('a');
    await settle();
    expect([store.reads, told.length]).toEqual([1, WAITERS]);
    await clock.advance(10 * POLL_MS);
    expect([store.reads, told.length]).toEqual([11, WAITERS]);
  });

  it('polls nothing that has ended, and nothing once everybody has left', async () => {
    const { store, clock, join } = open();
    store.revs.set('a', 1).set('b', 1);
    store.ended.add('a');
    const leave = [join('a'), join('b')];
    store.hint('a');
    await clock.advance(POLL_MS);
    expect(store.reads).toBe(2);
    await clock.advance(POLL_MS);
    expect(store.reads).toBe(3);
    for (const stop of leave) stop();
    await clock.advance(10 * POLL_MS);
    expect([store.reads, store.watched.size]).toEqual([3, 0]);
  });

  it('tells nobody of output, and everybody of what one of them has read before its hint came', async () => {
    const { store, room, told, join } = open();
    store.revs.set('a', 4);
    join('a');
    const read = await store.get('a');
    if (read) room.seen(read);
    store.hint('a');
    await settle();
    expect(told).toEqual([4]);
    store.hint('a');
    await settle();
    expect(told).toEqual([4]);
    store.revs.set('a', 5);
    store.hint('a');
    await settle();
    expect(told).toEqual([4, 5]);
  });

  it('reads nothing for those who only want to hear of hints, and tells them of each and of the poll', async () => {
    const { store, clock, room } = open();
    store.revs.set('a', 1);
    let heard = 0;
    const stop = room.hear('a', () => (heard += 1));
    store.hint('a');
    store.hint('a');
    await clock.advance(POLL_MS);
    expect([heard, store.reads]).toEqual([3, 0]);
    stop();
    await clock.advance(10 * POLL_MS);
    expect([heard, store.watched.size]).toEqual([3, 0]);
  });

  it('finds a change whose hint was lost at the next poll', async () => {
    const { store, clock, told, join } = open();
    store.revs.set('a', 1);
    join('a');
    await clock.advance(POLL_MS);
    store.revs.set('a', 2);
    await clock.advance(POLL_MS - 1);
    expect(told).toEqual([1]);
    await clock.advance(1);
    expect(told).toEqual([1, 2]);
  });

  it('finds a change that comes while it reads', async () => {
    const { store, told, join } = open();
    store.revs.set('a', 1);
    join('a');
    store.hint('a');
    store.revs.set('a', 2);
    store.hint('a');
    await settle();
    expect(told.at(-1)).toBe(2);
  });

  it('lets those who wait find out themselves why a task cannot be read', async () => {
    const { store, clock, told, join } = open();
    store.failing = true;
    join('a');
    await clock.advance(POLL_MS);
    store.failing = false;
    store.revs.set('a', 1);
    await clock.advance(POLL_MS);
    expect(told).toEqual([undefined, 1]);
  });

  it('polls on for whoever comes during a poll', async () => {
    const { store, clock, join } = open();
    store.revs.set('a', 1).set('b', 1);
    const leave = join('a');
    const get = store.get.bind(store);
    store.get = async (taskId) => {
      store.get = get;
      leave();
      join('b');
      return await get(taskId);
    };
    await clock.advance(POLL_MS);
    const before = store.reads;
    await clock.advance(3 * POLL_MS);
    expect(store.reads - before).toBe(3);
  });
});
