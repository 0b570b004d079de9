// Admission: who may work at the same time, and who is next.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AdmissionRule } from './admission.js';
import type { EnginePorts } from './ports.js';
import { Host } from './testdata/host.js';
import { events, Feed } from './testdata/scripted-driver.js';
import { WaitingLine, type Waiter } from './waiting-line.js';

const ended = { type: 'ended', outcome: 'succeeded' };
const SLOTS: EnginePorts['slots'] = ({ account, runtime }) => [
  { key: 'tasks', limit: 2 },
  { key: `account:${account}`, limit: 2 },
  ...(runtime === undefined ? [] : [{ key: `runtime:${runtime}`, limit: 1 }]),
];

let host: Host;
/** A stream for each task, fed by its number. */
let feeds: Map<string, Feed>;

async function start(slots: EnginePorts['slots'] = SLOTS): Promise<void> {
  host = await Host.start({ ports: { slots } });
  feeds = new Map();
  host.driver.starting = (handle, context) => {
    const feed = new Feed();
    feeds.set(context.taskId, feed);
    return feed.follow(handle, context);
  };
}

async function submit(runtime?: string): Promise<string> {
  const taskId = await host.submit(runtime === undefined ? {} : { request: { runtime } });
  // The next one is accepted later.
  await host.clock.advance(1);
  return taskId;
}

const started = (): string[] => host.driver.calls.filter(({ verb }) => verb === 'start').map(({ taskId }) => taskId);

async function finish(taskId: string): Promise<void> {
  feeds.get(taskId)?.push(ended);
  await host.until(taskId, 'succeeded');
  await host.eventually(async () => (await host.record(taskId)).cleanup.state === 'done');
  await host.clock.advance(0);
}

afterEach(() => host.stop());

describe('a task over the limit', () => {
  it('waits in the queue, says for what, and nothing of it is begun', async () => {
    await start();
    const [first, second, third] = [await submit(), await submit(), await submit()];
    expect(started()).toEqual([first, second]);
    expect(await host.record(third)).toMatchObject({ status: 'queued', waitingFor: 'tasks', attempt: 0 });
    expect(host.driver.verbs(third)).toEqual([]);
  });

  it('is let in when another has ended and is cleaned up', async () => {
    await start();
    const [first, , third] = [await submit(), await submit(), await submit()];
    const cleaned = host.driver.cleaning;
    let release: () => void = () => undefined;
    host.driver.cleaning = async (...given) => {
      await new Promise<void>((resolve) => (release = resolve));
      return await cleaned(...given);
    };
    feeds.get(first)?.push(ended);
    await host.until(first, 'succeeded');
    expect((await host.record(third)).status).toBe('queued');
    release();
    await host.until(third, 'starting');
    expect(await host.record(third)).not.toHaveProperty('waitingFor');
  });

  it('comes in the order of acceptance, also before those that are accepted later', async () => {
    await start();
    const all: string[] = [];
    for (let count = 0; count < 8; count += 1) all.push(await submit());
    for (const taskId of all) {
      expect(started()).toContain(taskId);
      await finish(taskId);
    }
    expect(started()).toEqual(all);
  });

  it('is not overtaken by a later one while it is being let in', async () => {
    await start(() => [{ key: 'tasks', limit: 1 }]);
    const [first, second] = [await submit(), await submit()];
    let open: () => void = () => undefined;
    let isSlow = false;
    const { cleaning, driver } = host.driver;
    host.driver.cleaning = (...given) => {
      // What is loaded next is loaded for the second task.
      isSlow = true;
      return cleaning(...given);
    };
    host.ports.drivers.load = async () => {
      if (isSlow) {
        isSlow = false;
        await new Promise<void>((resolve) => (open = resolve));
      }
      return driver;
    };
    await finish(first);
    host.driver.cleaning = cleaning;
    const third = await submit();
    open();
    await host.until(second, 'starting');
    expect(started()).toEqual([first, second]);
    await finish(second);
    expect(started()).toEqual([first, second, third]);
  });

  it('waits for its own slot without holding up those that need another', async () => {
    await start();
    const [first, second, third] = [await submit('a'), await submit('a'), await submit('b')];
    expect(started()).toEqual([first, third]);
    expect((await host.record(second)).waitingFor).toBe('runtime:a');
    await finish(first);
    expect(started()).toEqual([first, third, second]);
  });

  it('that is cancelled gives its place to the next', async () => {
    await start();
    const [first, , third, fourth] = [await submit(), await submit(), await submit(), await submit()];
    await host.cancel(third);
    await host.until(third, 'cancelled');
    await finish(first);
    expect(started()).toContain(fourth);
    expect(host.driver.verbs(third)).toEqual([]);
  });

  it('costs others little: an end lets one in and tries one more', async () => {
    await start(() => [{ key: 'tasks', limit: 1 }]);
    let plans = 0;
    const { planning } = host.driver;
    host.driver.planning = (...given) => {
      plans += 1;
      return planning(...given);
    };
    const first = await submit();
    for (let count = 0; count < 30; count += 1) await submit();
    const before = plans;
    await finish(first);
    expect(plans - before).toBeLessThanOrEqual(2);
  });

  it('is let in by the next process too, when that finds the slot free', async () => {
    await start(() => [{ key: 'tasks', limit: 1 }]);
    const [first, second] = [await submit(), await submit()];
    await host.stop();
    host.driver.resuming = () => events(ended);
    host.driver.starting = () => events(ended);
    host = await host.successor();
    await host.until(first, 'succeeded');
    await host.until(second, 'succeeded');
  });
});

describe('where there are several limits', () => {
  const RULES: AdmissionRule[] = [
    { key: 'places', limit: 2 },
    { key: 'budget', limit: 100, counts: 'seconds' },
  ];
  const submitFor = async (timeoutSeconds: number): Promise<string> => {
    const taskId = await host.submit({ request: { limits: { timeoutSeconds } } });
    await host.clock.advance(1);
    return taskId;
  };

  it('a small task does not overtake an earlier one that waits for another of its limits', async () => {
    await start(() => RULES);
    const [long, short] = [await submitFor(60), await submitFor(30)];
    const [large, small] = [await submitFor(80), await submitFor(30)];
    await finish(short);
    expect(started()).toEqual([long, short]);
    expect((await host.record(large)).waitingFor).toBe('budget');
    expect((await host.record(small)).waitingFor).toBe('budget');
    await finish(long);
    expect(started()).toEqual([long, short, large]);
    await finish(large);
    expect(started()).toEqual([long, short, large, small]);
  });

  it('a task is let in when the one before it, for which there was no room, is cancelled', async () => {
    await start(() => RULES);
    const long = await submitFor(60);
    const [large, small] = [await submitFor(80), await submitFor(30)];
    expect((await host.record(small)).waitingFor).toBe('budget');
    await host.cancel(large);
    await host.until(small, 'starting');
    expect(started()).toEqual([long, small]);
  });
});

describe('after a restart', () => {
  it('tasks are let in as they were accepted, however long each takes to be planned', async () => {
    await start(() => [{ key: 'tasks', limit: 1 }]);
    const first = await submit();
    const second = await host.submit({ route: { driver: 'slow' } });
    await host.clock.advance(1);
    const third = await submit();
    await host.stop();
    let open: () => void = () => undefined;
    host.driver.resuming = () => events(ended);
    const { driver } = host.driver;
    const load: EnginePorts['drivers']['load'] = async (_provider, name) => {
      if (name === 'slow') await new Promise<void>((resolve) => (open = resolve));
      return driver;
    };
    host = await Host.start({
      driver: host.driver,
      clock: host.clock,
      place: host.place,
      ports: { slots: () => [{ key: 'tasks', limit: 1 }], drivers: { load } },
    });
    await host.until(first, 'succeeded');
    await host.clock.advance(0);
    expect((await host.record(third)).status).toBe('queued');
    open();
    // The driver is loaded for each verb.
    await host.eventually(() => {
      open();
      return started().includes(second);
    });
    expect(started()).toEqual([first, second]);
  });
});

describe('a line', () => {
  const member = (
    taskId: string,
    line: () => WaitingLine<Waiter>,
    blocked: () => boolean,
  ): Waiter & { tries: number } => ({
    taskId,
    createdAt: Number(taskId),
    tries: 0,
    async admit() {
      this.tries += 1;
      await Promise.resolve();
      if (blocked()) line().add(this, 'tasks');
    },
  });

  it('keeps those who come behind those who are being let in', async () => {
    const line = new WaitingLine<Waiter>();
    const [first, later] = [
      member(
        '1',
        () => line,
        () => false,
      ),
      member(
        '2',
        () => line,
        () => false,
      ),
    ];
    line.add(first, 'tasks');
    const letting = line.freed(['tasks']);
    expect(line.behind(later, ['other', 'tasks'])).toBe('tasks');
    line.add(later, 'tasks');
    await letting;
    expect([first.tries, later.tries]).toEqual([1, 1]);
    expect(line.behind(later, ['tasks'])).toBeUndefined();
  });

  it('is tried again for a slot that is freed during a try', async () => {
    const line = new WaitingLine<Waiter>();
    let isFree = false;
    const waiting = member(
      '1',
      () => line,
      () => !isFree,
    );
    line.add(waiting, 'tasks');
    const letting = line.freed(['tasks']);
    void line.freed(['tasks']);
    await letting;
    expect(waiting.tries).toBe(2);
    isFree = true;
    await line.freed(['tasks']);
    expect(waiting.tries).toBe(3);
  });
});

describe('between two attempts', () => {
  it('a task keeps its slot', async () => {
    await start(() => [{ key: 'tasks', limit: 1 }]);
    host.driver.starting = () => events({ type: 'unknown', reason: 'no answer' });
    host.driver.resuming = () => events({ type: 'not_started', proof: 'nothing there' });
    const first = await submit();
    const second = await submit();
    await host.clock.advance(10_000);
    expect((await host.record(first)).status).toBe('starting');
    expect((await host.record(second)).status).toBe('queued');
  });
});
