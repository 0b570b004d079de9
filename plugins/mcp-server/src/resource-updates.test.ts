// What subscribers hear of resources, in both protocol eras.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '@agent-dispatch/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import type { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport, SUBSCRIPTION_ID_META_KEY, type JSONRPCMessage } from '@modelcontextprotocol/server';
import { connectedClient, ERAS } from './testdata/connected-client.js';
import { ListeningTransport } from './listening-transport.js';
import { ResourceUpdates } from './resource-updates.js';
import { scriptedControlPlane } from './testdata/scripted-control-plane.js';
import { WatchedTasks } from './testdata/watched-tasks.js';

const TASK = 'agentdispatch://tasks/a';
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe.each(ERAS)('a subscription, %s era', (era) => {
  let client: Client;
  let tasks: WatchedTasks;
  let heard: string[];
  let pauses: { ms: number; end: () => void }[];
  let reported: unknown[];
  let away: Error | undefined;

  beforeEach(async () => {
    tasks = new WatchedTasks('a', 'b');
    heard = [];
    pauses = [];
    reported = [];
    away = undefined;
    const watch: ControlPlane['watch'] = (input, options) =>
      away ? Promise.reject(away) : tasks.watch(input, options);
    client = await connectedClient({
      era,
      connect: async () => scriptedControlPlane({ watch }),
      pause: (ms) => new Promise((resolve) => pauses.push({ ms, end: resolve })),
      report: (error) => reported.push(error),
      prepare: (made) =>
        made.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri)),
    });
  });
  afterEach(() => client.close());

  /** Returns the way to end it. */
  async function subscribe(...uris: string[]): Promise<() => Promise<void>> {
    if (era === 'modern') {
      const subscription = await client.listen({ resourceSubscriptions: uris });
      return () => subscription.close();
    }
    for (const uri of uris) await client.subscribeResource({ uri });
    return async () => {
      for (const uri of uris) await client.unsubscribeResource({ uri });
    };
  }
  const endPause = async (): Promise<void> => {
    pauses.shift()?.end();
    await settle();
  };

  it('is offered', () => {
    expect(client.getServerCapabilities()?.resources?.subscribe).toBe(true);
  });

  it.each([
    ['a new status', ['status', 'events'] as const, ['', '/result', '/artifacts/x']],
    ['new events', ['events'] as const, ['']],
    ['new output', ['log'] as const, ['/logs']],
  ])('is told of %s where that shows', async (_what, changed, parts) => {
    await subscribe(...['', '/result', '/artifacts/x', '/logs'].map((part) => TASK + part));
    tasks.change('a', ...changed);
    await settle();
    expect(heard).toEqual(parts.map((part) => TASK + part));
  });

  it('is told of nothing else, and of no other task', async () => {
    await subscribe(`${TASK}/result`);
    tasks.change('b', 'status');
    tasks.change('a', 'log');
    await settle();
    expect(heard).toEqual([]);
  });

  it('hears once of what changed within a second, however often', async () => {
    await subscribe(`${TASK}/logs`);
    tasks.change('a', 'log');
    await settle();
    for (let count = 0; count < 5; count += 1) tasks.change('a', 'log');
    await settle();
    expect(heard).toHaveLength(1);
    expect(pauses.map(({ ms }) => ms)).toEqual([1000]);
    await endPause();
    expect(heard).toHaveLength(2);
  });

  it('shares one watch with every other', async () => {
    await subscribe(TASK, `${TASK}/logs`);
    await subscribe('agentdispatch://tasks/b');
    await settle();
    expect(tasks.waiting).toBe(1);
    expect(tasks.asked.at(-1)).toEqual(['a', 'b']);
  });

  it('hears nothing more when it is ended, and leaves no watch behind', async () => {
    const end = await subscribe(TASK);
    await end();
    await settle();
    tasks.change('a', 'status');
    await settle();
    expect([heard, tasks.waiting]).toEqual([[], 0]);
  });

  it('ends with its connection', async () => {
    await subscribe(TASK);
    await settle();
    expect(tasks.waiting).toBe(1);
    await client.close();
    await settle();
    expect(tasks.waiting).toBe(0);
  });

  it('is told once more when the task is removed', async () => {
    await subscribe(TASK);
    tasks.purge('a');
    await settle();
    await endPause();
    expect([heard, tasks.waiting]).toEqual([[TASK], 0]);
  });

  it('outlives a control plane that is away for a while, and hears what changed meanwhile', async () => {
    await subscribe(TASK);
    away = new DispatchError('AD_DISPATCHER_UNREACHABLE', 'it is away');
    tasks.change('a', 'log');
    await settle();
    await endPause();
    expect([reported, pauses.map(({ ms }) => ms)]).toEqual([[away], [5000]]);
    tasks.change('a', 'status');
    away = undefined;
    await endPause();
    expect(heard).toEqual([TASK]);
  });

  it('to what is not there or never changes is not taken', async () => {
    const uris = ['agentdispatch://tasks/nope', 'agentdispatch://runtimes', 'file:///etc/passwd'];
    if (era === 'modern') {
      const { honoredFilter } = await client.listen({ resourceSubscriptions: [...uris, TASK] });
      expect(honoredFilter).toEqual({ resourceSubscriptions: [TASK] });
    } else
      for (const uri of uris) await expect(client.subscribeResource({ uri })).rejects.toMatchObject({ code: -32602 });
    expect(tasks.waiting).toBe(era === 'modern' ? 1 : 0);
  });

  it('is not taken while there is no control plane, and the connection goes on', async () => {
    away = new DispatchError('AD_DISPATCHER_UNREACHABLE', 'it is away');
    if (era === 'modern') expect((await client.listen({ resourceSubscriptions: [TASK] })).honoredFilter).toEqual({});
    else await expect(client.subscribeResource({ uri: TASK })).rejects.toThrow(/AD_DISPATCHER_UNREACHABLE/);
    expect((await client.listTools()).tools).toHaveLength(11);
  });
});

describe('a subscription of the legacy era that is given up before it is there', () => {
  let client: Client;
  let tasks: WatchedTasks;
  let heard: string[];
  let release: () => void;

  beforeEach(async () => {
    tasks = new WatchedTasks('a');
    heard = [];
    const released = new Promise<void>((resolve) => (release = resolve));
    client = await connectedClient({
      era: 'legacy',
      connect: async () => {
        await released;
        return scriptedControlPlane({ watch: tasks.watch });
      },
      prepare: (made) =>
        made.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri)),
    });
  });
  afterEach(() => client.close());

  const changed = async (): Promise<unknown> => {
    await settle();
    tasks.change('a', 'status');
    await settle();
    return [heard, tasks.waiting];
  };

  it('stays given up', async () => {
    const subscribed = client.subscribeResource({ uri: TASK });
    await client.unsubscribeResource({ uri: TASK });
    release();
    await subscribed;
    expect(await changed()).toEqual([[], 0]);
  });

  it('is there again for who asks again', async () => {
    const subscribed = client.subscribeResource({ uri: TASK });
    await client.unsubscribeResource({ uri: TASK });
    const again = client.subscribeResource({ uri: TASK });
    release();
    await Promise.all([subscribed, again]);
    expect(await changed()).toEqual([[TASK], 1]);
  });

  it('by a cancelled request is not there', async () => {
    const giveUp = new AbortController();
    const subscribed = client.subscribeResource({ uri: TASK }, { signal: giveUp.signal });
    await settle();
    giveUp.abort();
    await expect(subscribed).rejects.toThrow();
    await settle();
    release();
    expect(await changed()).toEqual([[], 0]);
  });

  it('with its connection leaves no watch behind', async () => {
    const subscribed = client.subscribeResource({ uri: TASK });
    await settle();
    await client.close();
    await expect(subscribed).rejects.toThrow();
    release();
    expect(await changed()).toEqual([[], 0]);
  });
});

describe('a stream of the modern era', () => {
  it('under an id that was cancelled before it was there takes the place of the former', async () => {
    const tasks = new WatchedTasks('a', 'b');
    const plane = scriptedControlPlane({ watch: tasks.watch });
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const controlPlane = async (): Promise<ControlPlane> => (await released, plane);
    const updates = new ResourceUpdates(controlPlane, { report: () => undefined, pause: () => Promise.resolve() });
    const [wire, client] = InMemoryTransport.createLinkedPair();
    const transport = new ListeningTransport(wire, updates);
    const got: JSONRPCMessage[] = [];
    client.onmessage = (message) => void got.push(message);
    await Promise.all([transport.start(), client.start()]);
    const listen = (uri: string): Promise<void> =>
      transport.send({
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: { _meta: { [SUBSCRIPTION_ID_META_KEY]: 1 }, notifications: { resourceSubscriptions: [uri] } },
      });
    await listen(TASK);
    await client.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    await listen('agentdispatch://tasks/b');
    release();
    await settle();
    expect(got).toMatchObject([{ params: { notifications: { resourceSubscriptions: ['agentdispatch://tasks/b'] } } }]);
    expect(tasks.asked.at(-1)).toEqual(['b']);
    await transport.close();
    await settle();
    expect(tasks.waiting).toBe(0);
  });
});

describe('a watch of many tasks', () => {
  const MOST = 1000;
  const idsOf = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `t${String(from + index)}`);
  const urisOf = (ids: readonly string[]): string[] => ids.map((id) => `agentdispatch://tasks/${id}`);

  function watchOf(tasks: WatchedTasks): ResourceUpdates {
    const plane = scriptedControlPlane({ watch: tasks.watch });
    const report = (error: unknown): void => {
      throw error;
    };
    return new ResourceUpdates(async () => plane, { report, pause: () => Promise.resolve() });
  }

  it('that is full takes another subscriber to what is watched already, and nothing else', async () => {
    const ids = idsOf(0, MOST + 1);
    const tasks = new WatchedTasks(...ids);
    const updates = watchOf(tasks);
    const all = await updates.subscribe(urisOf(ids.slice(0, MOST)), () => undefined);
    const heard: string[] = [];
    const [shared, strange] = urisOf([ids[7] ?? '', ids[MOST] ?? '']) as [string, string];
    const more = await updates.subscribe([strange, shared], (uri) => heard.push(uri));
    expect(more.uris).toEqual([shared]);
    all.end();
    await settle();
    tasks.change(ids[7] ?? '', 'status');
    await settle();
    expect([heard, tasks.asked.at(-1)]).toEqual([[shared], [ids[7]]]);
    more.end();
    await settle();
  });

  it('is never of more than the control plane watches at once, whoever comes at the same time', async () => {
    const [one, other] = [idsOf(0, 600), idsOf(600, 600)];
    const tasks = new WatchedTasks(...one, ...other);
    const updates = watchOf(tasks);
    const subscriptions = await Promise.all([one, other].map((ids) => updates.subscribe(urisOf(ids), () => undefined)));
    await settle();
    expect(subscriptions.flatMap(({ uris }) => uris)).toHaveLength(MOST);
    expect(Math.max(...tasks.asked.map((ids) => ids.length))).toBe(MOST);
    for (const subscription of subscriptions) subscription.end();
    await settle();
  });

  it('takes only so many resources of its tasks, and more again when some are given up', async () => {
    const files = (from: number, count: number): string[] =>
      Array.from({ length: count }, (_, index) => `${TASK}/artifacts/${String(from + index)}`);
    const updates = watchOf(new WatchedTasks('a'));
    const most = await updates.subscribe(files(0, 10_001), () => undefined);
    expect(most.uris).toEqual(files(0, 10_000));
    expect((await updates.subscribe(files(20_000, 1), () => undefined)).uris).toEqual([]);
    most.end();
    most.end();
    await settle();
    const again = await updates.subscribe(files(0, 10_001), () => undefined);
    expect(again.uris).toHaveLength(10_000);
    again.end();
    await settle();
  });

  it('misses no change of a task that its only other subscriber gives up meanwhile', async () => {
    const tasks = new WatchedTasks('a', 'b');
    const updates = watchOf(tasks);
    const former = await updates.subscribe([TASK], () => undefined);
    const heard: string[] = [];
    const coming = updates.subscribe([TASK, 'agentdispatch://tasks/b'], (uri) => heard.push(uri));
    former.end();
    const subscription = await coming;
    tasks.change('a', 'status');
    await settle();
    expect([subscription.uris, heard]).toEqual([[TASK, 'agentdispatch://tasks/b'], [TASK]]);
    subscription.end();
    await settle();
  });
});
