// Work that the host's protocol driver speaks to: messages and cancels go over the driver's channel.
import { afterEach, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import type { ProtocolDriver } from '../protocol/protocol-driver.js';
import type { CancelLevel, Channel, DriverContext, Receipt } from '../provider/index.js';
import { Host } from './testdata/host.js';
import { ScriptedDriver } from './testdata/scripted-driver.js';

const CHANNEL: Channel = { fetch: () => Promise.reject(new Error('nothing is sent in these tests')) };
const SECRET = 'hush-and-be-silent';
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
      secrets: { resolve: async (): Promise<Record<string, string>> => ({ TOKEN: SECRET }) },
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
  expect(asked).toEqual([`hurry in c1 with ${SECRET}`]);
});

it('rejects a message that the protocol cannot carry', async () => {
  const taskId = await running({});
  await host.store.post(taskId, message);
  await host.eventually(async () => (await receipt(taskId)) !== undefined);
  expect(await receipt(taskId)).toMatchObject({ state: 'rejected', reason: expect.stringContaining('stdio') });
});

const words: [string, () => Promise<Receipt>, object][] = [
  [
    'a rejection',
    async () => ({ state: 'rejected', reason: `not with ${SECRET} ${'x'.repeat(9_000)}` }),
    { state: 'rejected' },
  ],
  [
    'an error',
    () => Promise.reject(new DispatchError('AD_PROVIDER_DENIED', `not with ${SECRET}`)),
    { state: 'rejected' },
  ],
  ['no receipt at all', async () => undefined as unknown as Receipt, { state: 'unknown' }],
];

it.each(words)('stores no secret and nothing endless of %s', async (_name, send, expected) => {
  const taskId = await running({ send });
  await host.store.post(taskId, message);
  await host.eventually(async () => (await receipt(taskId)) !== undefined);
  const told = await receipt(taskId);
  expect(told).toMatchObject(expected);
  expect(told?.reason).not.toContain(SECRET);
  expect(told?.reason?.length).toBeLessThanOrEqual(4_000);
});

it('stores no secret that the driver puts into the error of a cancel or a cleanup', async () => {
  const taskId = await running({});
  host.driver.cleaning = () => Promise.reject(new Error(`not with ${SECRET}`));
  await host.cancel(taskId);
  await host.eventually(async () => (await host.store.get(taskId))?.record.cleanup.error !== undefined);
  expect(JSON.stringify([await host.store.get(taskId), await host.events(taskId)])).not.toContain(SECRET);
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
  expect(asked).toEqual(['agent', `driver cancel with ${SECRET}`]);
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
  expect(asked).toEqual(['agent', `driver cancel with ${SECRET}`]);
});

it('ends a task whose record has no room for what was posted to it, instead of leaving it to nobody', async () => {
  const taskId = await running({});
  const body = { messageId: 'm'.repeat(300_000), text: 'hurry' };
  await host.store.post(taskId, { ...message, body });
  await host.until(taskId, 'failed');
  expect((await host.store.get(taskId))?.record.outcome?.error?.code).toBe('AD_INPUT_TOO_LARGE');
  expect(asked).toContain(`driver cancel with ${SECRET}`);
});
