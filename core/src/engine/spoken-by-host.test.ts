// Work that the host's protocol driver speaks to: messages and cancels go over the driver's channel.
import { afterEach, expect, it } from '@jest/globals';
import type { ProtocolDriver } from '../protocol/protocol-driver.js';
import type { CancelLevel, Channel, DriverContext } from '../provider/index.js';
import { Host } from './testdata/host.js';
import { ScriptedDriver } from './testdata/scripted-driver.js';

const CHANNEL: Channel = { fetch: () => Promise.reject(new Error('nothing is sent in these tests')) };
const TOKEN = { TOKEN: { source: 'environment', name: 'TOKEN' } } as const;

let host: Host;
afterEach(() => host.stop());

/** What was asked of protocol and driver, in order. */
const asked: string[] = [];

async function running(spoken: Partial<ProtocolDriver>): Promise<string> {
  asked.length = 0;
  const driver = new ScriptedDriver();
  driver.cancelling = async (_handle, { secrets }) => {
    asked.push(`driver cancel with ${secrets['TOKEN'] ?? 'nothing'}`);
    return 'stopped';
  };
  const protocol: ProtocolDriver = {
    async *start(_channel, handle, { signal }) {
      yield { type: 'handle', handle: { ...handle, conversation: { id: 'c1' } } };
      yield { type: 'attached' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    async *resume() {
      yield { type: 'unknown', reason: 'not in these tests' };
    },
    ...spoken,
  };
  host = await Host.start({
    driver,
    ports: {
      drivers: { load: async () => ({ ...driver.driver, channel: () => CHANNEL }) },
      protocols: { get: async () => protocol },
      secrets: { resolve: async (): Promise<Record<string, string>> => ({ TOKEN: 'hush' }) },
    },
  });
  const taskId = await host.submit({ route: { spokenBy: 'host', send: 'at-most-once' }, request: { secrets: TOKEN } });
  await host.until(taskId, 'running');
  return taskId;
}

const message = { commandId: 'm', kind: 'message', body: { messageId: 'm', text: 'hurry' } } as const;
const receipt = async (taskId: string) => (await host.events(taskId)).find(({ type }) => type === 'receipt')?.receipt;

it('gives a message to the protocol driver, with the conversation and the secrets', async () => {
  const taskId = await running({
    send: async (channel, { conversation }, { text }, { secrets }) => {
      asked.push(`${text} in ${String(conversation?.['id'])} with ${secrets['TOKEN'] ?? 'nothing'}`);
      return channel === CHANNEL ? { state: 'delivered' } : { state: 'rejected', reason: 'another channel' };
    },
  });
  await host.store.post(taskId, message);
  await host.eventually(async () => (await receipt(taskId)) !== undefined);
  expect(await receipt(taskId)).toEqual({ state: 'delivered' });
  expect(asked).toEqual(['hurry in c1 with hush']);
});

it('rejects a message that the protocol cannot carry', async () => {
  const taskId = await running({});
  await host.store.post(taskId, message);
  await host.eventually(async () => (await receipt(taskId)) !== undefined);
  expect(await receipt(taskId)).toMatchObject({ state: 'rejected', reason: expect.stringContaining('stdio') });
});

const cancels: [string, (context: DriverContext) => Promise<CancelLevel>][] = [
  ['stopped it', async () => 'stopped'],
  ['cannot be asked', () => Promise.reject(new Error('gone'))],
  [
    'does not answer',
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('late')))),
  ],
];

it.each(cancels)('stops what runs the work by the driver, whether the agent %s', async (_name, cancel) => {
  const taskId = await running({
    cancel: async (_channel, _handle, context) => {
      asked.push('agent');
      return await cancel(context);
    },
  });
  await host.cancel(taskId);
  await host.eventually(() => asked.length > 0);
  await host.clock.advance(10_000);
  await host.until(taskId, 'cancelled');
  expect(asked).toEqual(['agent', 'driver cancel with hush']);
});

it('does not ask the agent a second time: a request could bring back what was stopped', async () => {
  const taskId = await running({
    cancel: async () => {
      asked.push('agent');
      return 'requested';
    },
  });
  let fails = 1;
  const { cancelling } = host.driver;
  host.driver.cancelling = async (handle, context) => {
    if (fails-- > 0) throw new Error('not now');
    return await cancelling(handle, context);
  };
  await host.cancel(taskId);
  await host.eventually(() => asked.length > 0);
  await host.clock.advance(60_000);
  await host.until(taskId, 'cancelled');
  expect(asked).toEqual(['agent', 'driver cancel with hush']);
});
