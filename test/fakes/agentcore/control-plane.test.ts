import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  GetAgentRuntimeCommand,
  GetAgentRuntimeEndpointCommand,
  paginateListAgentRuntimes,
} from '@aws-sdk/client-bedrock-agentcore-control';
import { type FakeAgentCore, jsonAgent, startFakeAgentCore } from './index.js';
import { controlClient } from './sdk-clients.js';

let fake: FakeAgentCore;
afterEach(() => fake.close());

beforeEach(async () => {
  fake = await startFakeAgentCore({
    agents: { researcher: jsonAgent(() => 'hi') },
    runtimes: [
      { name: 'researcher', protocol: 'A2A', idleSeconds: 120, endpoints: [{ name: 'prod', status: 'UPDATING' }] },
      { name: 'broken', status: 'CREATE_FAILED', failureReason: 'image not found' },
      { name: 'elsewhere', region: 'us-east-1' },
      { name: 'third' },
    ],
  });
});

describe('GetAgentRuntime', () => {
  it('shows the status and settings of a runtime', async () => {
    const { id: agentRuntimeId, arn } = fake.runtimes.get('researcher');
    expect(await controlClient(fake).send(new GetAgentRuntimeCommand({ agentRuntimeId }))).toMatchObject({
      agentRuntimeArn: arn,
      status: 'READY',
      createdAt: expect.any(Date),
      protocolConfiguration: { serverProtocol: 'A2A' },
      lifecycleConfiguration: { idleRuntimeSessionTimeout: 120, maxLifetime: 28800 },
    });
  });

  it('shows why a runtime failed', async () => {
    const { id: agentRuntimeId } = fake.runtimes.get('broken');
    expect(await controlClient(fake).send(new GetAgentRuntimeCommand({ agentRuntimeId }))).toMatchObject({
      status: 'CREATE_FAILED',
      failureReason: 'image not found',
    });
  });

  it.each([
    [
      'an id of another region',
      () => fake.runtimes.get('elsewhere', { region: 'us-east-1' }).id,
      'ResourceNotFoundException',
    ],
    ['a name in place of an id', () => 'researcher', 'ValidationException'],
  ])('refuses %s', async (_title, id, name) => {
    await expect(controlClient(fake).send(new GetAgentRuntimeCommand({ agentRuntimeId: id() }))).rejects.toMatchObject({
      name,
    });
  });
});

describe('GetAgentRuntimeEndpoint', () => {
  it.each([
    ['DEFAULT', 'READY'],
    ['prod', 'UPDATING'],
  ])('shows that %s is %s', async (endpointName, status) => {
    const { id: agentRuntimeId } = fake.runtimes.get('researcher');
    const answer = await controlClient(fake).send(new GetAgentRuntimeEndpointCommand({ agentRuntimeId, endpointName }));
    expect(answer).toMatchObject({ name: endpointName, status, liveVersion: '1' });
  });

  it('does not find an endpoint that is not there', async () => {
    const { id: agentRuntimeId } = fake.runtimes.get('researcher');
    const call = controlClient(fake).send(new GetAgentRuntimeEndpointCommand({ agentRuntimeId, endpointName: 'dev' }));
    await expect(call).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('ListAgentRuntimes', () => {
  it('pages through the runtimes of one account and region', async () => {
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateListAgentRuntimes({ client: controlClient(fake), pageSize: 2 }, {})) {
      pages.push((page.agentRuntimes ?? []).map((runtime) => runtime.agentRuntimeName));
    }
    expect(pages).toEqual([['researcher', 'broken'], ['third']]);
  });
});

describe('seeding', () => {
  it.each(['with-hyphen', '1leading', 'x'.repeat(49)])('refuses the runtime name %s', async (name) => {
    await expect(startFakeAgentCore({ agents: { [name]: jsonAgent(() => 'hi') } })).rejects.toThrow(TypeError);
  });
});
