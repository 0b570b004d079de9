import { afterEach, describe, expect, it } from '@jest/globals';
import { admissionFor, freedBy, reservations, type AdmissionRule } from './admission.js';
import { Host } from './testdata/host.js';
import { Feed } from './testdata/scripted-driver.js';
import { MAX_CLEANUP_TRIES } from './timing.js';
import {
  cancelCommand,
  contact,
  handleWith,
  newTask,
  play,
  planned,
  provisioned,
  SECOND,
  succeeded,
  T0,
} from './testdata/tasks.js';

const RULES: AdmissionRule[] = [
  { key: 'tasks', limit: 2 },
  { key: 'starts', limit: 1, counts: 'starts' },
  { key: 'seconds', limit: 4000, counts: 'seconds' },
];
const DAY = 24 * 3600 * SECOND;

describe('what a task reserves', () => {
  it('is nothing before its first attempt', () => {
    expect(reservations(newTask(), RULES, T0)).toEqual([]);
  });

  it('is a place, a start and all the seconds it may run, once it is planned', () => {
    const { record } = play(newTask(), [planned]);
    expect(reservations(record, RULES, T0)).toEqual([
      { key: 'tasks', amount: 1 },
      { key: 'starts', amount: 1, until: T0 + SECOND },
      { key: 'seconds', amount: 3600 },
    ]);
  });

  it('is no start any more after its second', () => {
    const { record } = play(newTask(), [planned]);
    expect(reservations(record, RULES, T0 + SECOND).map(({ key }) => key)).toEqual(['tasks', 'seconds']);
  });

  it('is the seconds it ran, for a day, once it has ended', () => {
    const { record } = play(play(newTask(), [planned, provisioned, contact]).record, [succeeded], T0 + 12_300);
    const cleaned = play(record, [{ type: 'cleaned', proofs: [{ id: 'box-1', proof: 'verified' }] }], T0 + 20_000);
    expect(reservations(cleaned.record, RULES, T0 + 20_000)).toEqual([
      { key: 'seconds', amount: 13, until: T0 + 12_300 + DAY },
    ]);
  });

  it('is never more than the seconds up to its deadline, however late its work ends', () => {
    const { record } = play(play(newTask(), [planned, provisioned, contact]).record, [succeeded], T0 + 3700 * SECOND);
    expect(reservations(record, RULES, T0 + 3700 * SECOND)).toContainEqual(
      expect.objectContaining({ key: 'seconds', amount: 3600 }),
    );
  });

  it('is its place until it is cleaned up', () => {
    const { record } = play(newTask(), [planned, provisioned, contact, succeeded]);
    expect(reservations(record, RULES, T0).map(({ key }) => key)).toContain('tasks');
  });

  it('is one reference to what is shared, all of them while it is removed, and none once that is given up', () => {
    const shared = { id: 'm', kind: 'machine', scope: 'shared:image' };
    const { record } = play(newTask(), [{ type: 'planned', handle: handleWith(shared) }]);
    expect(reservations(record, [], T0)).toEqual([{ key: 'shared:dev:image', amount: 1 }]);
    const removing = play(record, [provisioned, contact, succeeded, { type: 'tick' }]).record;
    expect(reservations(removing, [], T0)).toEqual([{ key: 'shared:dev:image', amount: 1_000_000 }]);
    const tries = Array.from({ length: MAX_CLEANUP_TRIES }, () => ({ type: 'cleaned', proofs: [] }) as const);
    const abandoned = play(removing, tries).record;
    expect(abandoned).toMatchObject({ cleanup: { state: 'abandoned' }, resources: [{ state: 'abandoned' }] });
    expect(reservations(abandoned, [], T0)).toEqual([]);
  });

  it('is nothing for a task that was cancelled in the queue', () => {
    expect(reservations(play(newTask(), [cancelCommand()]).record, RULES, T0)).toEqual([]);
  });
});

describe('a change of what is reserved', () => {
  const held = [
    { key: 'tasks', amount: 1 },
    { key: 'seconds', amount: 3600 },
  ];

  it('takes something new only at admission', () => {
    const wanted = [...held, { key: 'new', amount: 1 }];
    const rules = [...RULES, { key: 'new', limit: 7 }];
    expect(admissionFor(held, wanted, { rules, isAdmitted: false })).toEqual({});
    expect(admissionFor(held, wanted, { rules, isAdmitted: true })).toEqual({
      acquire: [{ key: 'new', amount: 1, limit: 7 }],
    });
  });

  it('leaves what it leaves to others, so that the last of them finds out', () => {
    const change = admissionFor(held, [], { rules: RULES, isAdmitted: false, left: ['tasks', 'more'] });
    expect(change).toEqual({ release: ['seconds'], leave: ['tasks'] });
    expect(freedBy(held, change)).toEqual(['seconds', 'tasks']);
  });

  it('gives back what is not wanted any more, and frees what is less than before', () => {
    const wanted = [{ key: 'seconds', amount: 13, until: T0 + DAY }];
    const change = admissionFor(held, wanted, { rules: RULES, isAdmitted: false });
    expect(change).toEqual({ acquire: [{ ...wanted[0], limit: 4000 }], release: ['tasks'] });
    expect(freedBy(held, change)).toEqual(['tasks', 'seconds']);
  });
});

describe('admission over time', () => {
  let host: Host;
  afterEach(() => host.stop());

  async function start(rules: AdmissionRule[]): Promise<(seconds?: number) => Promise<string>> {
    host = await Host.start({ ports: { slots: () => rules } });
    host.driver.starting = new Feed().follow;
    return (timeoutSeconds = 3600) => host.submit({ request: { limits: { timeoutSeconds } } });
  }
  const isStarted = async (taskId: string): Promise<boolean> => (await host.record(taskId)).status === 'starting';

  it('begins so many attempts a second, in order, and the rest later by itself', async () => {
    const submit = await start([{ key: 'starts', limit: 2, counts: 'starts' }]);
    const all = [await submit(), await submit(), await submit(), await submit(), await submit()];
    await host.clock.advance(10);
    expect((await Promise.all(all.map(isStarted))).filter(Boolean)).toHaveLength(2);
    await host.clock.advance(1000);
    expect((await Promise.all(all.map(isStarted))).filter(Boolean)).toHaveLength(4);
    await host.clock.advance(1000);
    expect((await Promise.all(all.map(isStarted))).filter(Boolean)).toHaveLength(5);
  });

  it('lets a task wait for the budget of the day, and gives back what was not used', async () => {
    const submit = await start([{ key: 'seconds', limit: 100, counts: 'seconds' }]);
    const feed = new Feed();
    host.driver.starting = feed.follow;
    const first = await submit(100);
    await host.until(first, 'starting');
    const second = await submit(80);
    await host.clock.advance(5 * SECOND);
    expect(await host.record(second)).toMatchObject({ status: 'queued', waitingFor: 'seconds' });
    feed.push({ type: 'ended', outcome: 'succeeded' });
    await host.until(second, 'starting');
  });

  it('lets a task wait until what others used is a day old', async () => {
    const submit = await start([{ key: 'seconds', limit: 100, counts: 'seconds' }]);
    const feed = new Feed();
    host.driver.starting = feed.follow;
    const first = await submit(100);
    await host.until(first, 'starting');
    await host.clock.advance(50 * SECOND);
    feed.push({ type: 'ended', outcome: 'succeeded' });
    await host.until(first, 'succeeded');
    const now = host.clock.now();
    const second = await host.submit({ request: { limits: { timeoutSeconds: 60 } } });
    await host.clock.advance(0);
    // Its own deadline is what ends the waiting of a task that never gets its turn.
    expect(await host.record(second)).toMatchObject({ status: 'queued', waitingFor: 'seconds' });
    await host.clock.advance(60 * SECOND);
    expect(await host.record(second)).toMatchObject({ status: 'failed' });
    await host.clock.advance(DAY - (host.clock.now() - now) - 1);
    const third = await submit(60);
    await host.clock.advance(0);
    expect(await host.record(third)).toMatchObject({ status: 'queued' });
    await host.clock.advance(1);
    await host.until(third, 'starting');
  });
});
