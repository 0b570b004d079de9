// The worker as it is built, and the A2A SDK's own client before it, in both versions: a caller that we did not write.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Message, Role, type StreamResponse, TaskState } from '@a2a-js/sdk';
import { type Client, ClientFactory, DefaultAgentCardResolver, JsonRpcTransportFactory } from '@a2a-js/sdk/client';
import type { AgentScript, ScriptedAgent } from '@agent-dispatch/core/testing';
import { startWorkerProgram } from '../contract/support/worker-program.js';

const BASE = 'https://worker.example/';

/** @param version that the client finds in the card. */
async function clientFor(worker: ScriptedAgent, version: '1.0' | '0.3'): Promise<Client> {
  const fetchImpl = (async (url: URL | string, init: RequestInit = {}) => {
    const { pathname } = new URL(url, BASE);
    const { method = 'GET', headers, body, signal } = init;
    return await worker.channel.fetch(pathname, {
      method: method as 'GET' | 'POST',
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === 'string' && { body }),
      signal: signal ?? new AbortController().signal,
    });
  }) as typeof fetch;
  const card = await new DefaultAgentCardResolver({ fetchImpl }).resolve(BASE);
  const supportedInterfaces = card.supportedInterfaces.filter(({ protocolVersion }) => protocolVersion === version);
  // Typed as a class that the SDK keeps to itself.
  const options: unknown = { fetchImpl, legacyCompat: { enabled: true } };
  const transport = new JsonRpcTransportFactory(options as ConstructorParameters<typeof JsonRpcTransportFactory>[0]);
  return await new ClientFactory({ transports: [transport] }).createFromAgentCard({ ...card, supportedInterfaces });
}

const message = (text: string, to: { taskId?: string; contextId?: string } = {}): Message => ({
  messageId: randomUUID(),
  contextId: to.contextId ?? '',
  taskId: to.taskId ?? '',
  role: Role.ROLE_USER,
  parts: [{ content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: 'text/plain' }],
  metadata: undefined,
  extensions: [],
  referenceTaskIds: [],
});

const requestOf = (its: Message, returnImmediately = false): Parameters<Client['sendMessage']>[0] => ({
  tenant: '',
  message: its,
  configuration: { acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately },
  metadata: undefined,
});

async function all(events: AsyncGenerator<StreamResponse>): Promise<NonNullable<StreamResponse['payload']>[]> {
  const payloads: NonNullable<StreamResponse['payload']>[] = [];
  for await (const { payload } of events) if (payload) payloads.push(payload);
  return payloads;
}

const script: AgentScript = async (work) => {
  if (work.instruction === 'work until told to stop') return await new Promise(() => undefined);
  await work.say('I work.');
  if (work.instruction === 'ask') return { result: `It is ${await work.ask('Which?')}.` };
  await work.leave({ name: 'a.bin', mediaType: 'application/octet-stream', bytes: Uint8Array.of(1, 2, 3) });
  return { result: 'forty-two' };
};

describe.each(['1.0', '0.3'] as const)('a client of version %s', (version) => {
  let worker: ScriptedAgent;
  let client: Client;
  beforeEach(async () => {
    worker = await startWorkerProgram('a2a', script);
    client = await clientFor(worker, version);
  });
  afterEach(async () => {
    await worker.close();
  });

  it('sees a run as it goes on, its file and its result', async () => {
    expect(client.protocolVersion).toBe(version);
    const [first, ...updates] = await all(client.sendMessageStream(requestOf(message('go'))));
    expect(first?.$case).toBe('task');
    const files = updates.flatMap((update) => (update.$case === 'artifactUpdate' ? (update.value.artifact ?? []) : []));
    expect(files).toMatchObject([
      { name: 'a.bin', parts: [{ content: { value: Buffer.from([1, 2, 3]) } }] },
      { artifactId: 'result', parts: [{ content: { value: 'forty-two' } }] },
    ]);
    expect(updates.at(-1)).toMatchObject({ value: { status: { state: TaskState.TASK_STATE_COMPLETED } } });
  });

  it('answers a question, and goes on in the same context afterwards', async () => {
    const asked = await client.sendMessage(requestOf(message('ask')));
    if (!('status' in asked)) throw new TypeError('the worker made no task of it');
    expect(asked.status).toMatchObject({ state: TaskState.TASK_STATE_INPUT_REQUIRED });
    const { id: taskId, contextId } = asked;
    const answered = await client.sendMessage(requestOf(message('blue', { taskId, contextId })));
    expect(answered).toMatchObject({
      status: { state: TaskState.TASK_STATE_COMPLETED },
      artifacts: [{ parts: [{ content: { value: 'It is blue.' } }] }],
    });
    const next = await client.sendMessage(requestOf(message('go', { contextId })));
    expect(next).toMatchObject({ contextId, status: { state: TaskState.TASK_STATE_COMPLETED } });
    expect(next).not.toMatchObject({ id: taskId });
  });

  it('cancels a run, and is told that it cannot subscribe to it any more', async () => {
    const begun = await client.sendMessage(requestOf(message('work until told to stop'), true));
    if (!('status' in begun)) throw new TypeError('the worker made no task of it');
    const { id } = begun;
    const cancelled = await client.cancelTask({ tenant: '', id, metadata: undefined });
    expect(cancelled.status).toMatchObject({ state: TaskState.TASK_STATE_CANCELED });
    const found = await client.getTask({ tenant: '', id });
    expect(found.status).toEqual(cancelled.status);
    await expect(all(client.resubscribeTask({ tenant: '', id }))).rejects.toThrow('cannot be subscribed to');
  });
});
