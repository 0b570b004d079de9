// News of resources over HTTP: each client hears what it listens to, of its own subject, and nothing twice.
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '@modelcontextprotocol/client';
import { HttpStand, toolCall, TOKENS, type RawRequest } from '../testdata/http-stand.js';
import { WatchedTasks } from '../testdata/watched-tasks.js';

const TASK = 'agentdispatch://tasks/a';
let stand: HttpStand;
let tasks: { alice: WatchedTasks; bob: WatchedTasks };

beforeEach(async () => {
  tasks = { alice: new WatchedTasks('a'), bob: new WatchedTasks() };
  stand = await HttpStand.open({
    watch: (input, options) => tasks[options?.caller?.subject as 'alice' | 'bob'].watch(input, options),
  });
});
afterEach(() => stand.close());

async function listener(
  subject: keyof typeof TOKENS,
): Promise<{ client: Client; heard: string[]; first: Promise<void> }> {
  const heard: string[] = [];
  const client = await stand.client('modern', subject);
  const first = new Promise<void>((resolve) => {
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri);
      resolve();
    });
  });
  return { client, heard, first };
}

/** What a client sends to listen, and goes on reading. */
function listenCall(subject: keyof typeof TOKENS): RawRequest {
  const { headers, body } = toolCall('subscriptions/listen', {});
  const { 'mcp-name': _, ...others } = headers;
  const { params } = JSON.parse(body) as { params: { _meta: object } };
  const call = {
    method: 'subscriptions/listen',
    params: { _meta: params._meta, notifications: { resourceSubscriptions: [TASK] } },
  };
  return {
    headers: { ...others, 'mcp-method': call.method, authorization: `Bearer ${TOKENS[subject]}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...call }),
  };
}

/** Until something comes about that needs the network. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

describe('a client over HTTP', () => {
  it('hears once of what it listens to, whoever else does', async () => {
    const [one, other] = [await listener('alice'), await listener('alice')];
    await one.client.listen({ resourceSubscriptions: [TASK] });
    await other.client.listen({ resourceSubscriptions: [TASK, `${TASK}/logs`] });
    tasks.alice.change('a', 'status');
    await Promise.all([one.first, other.first]);
    tasks.alice.change('a', 'log');
    await until(() => other.heard.length > 1);
    expect([one.heard, other.heard]).toEqual([[TASK], [TASK, `${TASK}/logs`]]);
    expect(tasks.alice.waiting).toBe(1);
  });

  it('cannot listen to what is not its own', async () => {
    const [alice, bob] = [await listener('alice'), await listener('bob')];
    expect((await bob.client.listen({ resourceSubscriptions: [TASK] })).honoredFilter).toEqual({});
    await alice.client.listen({ resourceSubscriptions: [TASK] });
    tasks.alice.change('a', 'status');
    await alice.first;
    expect(bob.heard).toEqual([]);
  });

  it('that ends what it listened to leaves no watch behind', async () => {
    const { client } = await listener('alice');
    const subscription = await client.listen({ resourceSubscriptions: [TASK] });
    await until(() => tasks.alice.waiting === 1);
    await subscription.close();
    await until(() => tasks.alice.waiting === 0);
  });

  it('is told in order when the server ends', async () => {
    const { client } = await listener('alice');
    const subscription = await client.listen({ resourceSubscriptions: [TASK] });
    await stand.endpoint.drain();
    expect(await subscription.closed).toBe('graceful');
    await until(() => tasks.alice.waiting === 0);
  });

  it('is turned away when its subject listens too often, and no other subject is', async () => {
    const most = 200;
    tasks.bob = new WatchedTasks('a');
    const streams = await Promise.all(Array.from({ length: most + 1 }, () => stand.begin(listenCall('alice'))));
    const refused = streams.filter(({ statusCode }) => statusCode === 429);
    expect(streams.filter(({ statusCode }) => statusCode === 200)).toHaveLength(most);
    expect(refused.map(({ headers }) => headers['retry-after'])).toEqual(['60']);
    expect((await stand.begin(listenCall('bob'))).statusCode).toBe(200);
    streams.find(({ statusCode }) => statusCode === 200)?.destroy();
    let again = 429;
    while (again === 429) again = (await stand.begin(listenCall('alice'))).statusCode ?? 0;
    expect(again).toBe(200);
  });

  it('of the legacy era is offered no subscriptions, which its requests could not hold', async () => {
    const client = await stand.client('legacy', 'alice');
    expect(client.getServerCapabilities()?.resources).toEqual({});
  });

  it.each(['', 'no JSON', '[]', '{"params":{"notifications":{"resourceSubscriptions":[7]}}}'])(
    'is refused %j where it wants to listen',
    async (body) => {
      const headers = {
        authorization: `Bearer ${TOKENS.alice}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'subscriptions/listen',
      };
      expect((await stand.ask({ headers, body })).status).toBe(400);
    },
  );
});
