import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CreateAgentRuntimeCommand,
  type CreateAgentRuntimeCommandInput,
  CreateAgentRuntimeEndpointCommand,
  DeleteAgentRuntimeCommand,
  DeleteAgentRuntimeEndpointCommand,
  GetAgentRuntimeCommand,
  GetAgentRuntimeEndpointCommand,
  ListAgentRuntimeEndpointsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock-agentcore-control';
import { type FakeAgentCore, jsonAgent, ManualClock, startFakeAgentCore } from './index.js';
import { controlClient, dataClient, invoke, sessionId, textOf } from './sdk-clients.js';

const IMAGE = '111122223333.dkr.ecr.us-west-2.amazonaws.com/agents:1';
const TOKEN = 'a'.repeat(64);

let fake: FakeAgentCore;
let clock: ManualClock;
beforeEach(async () => {
  clock = new ManualClock();
  fake = await startFakeAgentCore({
    agents: {},
    images: { [IMAGE]: jsonAgent(({ environment }) => environment) },
    durations: { createMs: 5000, endpointMs: 1000, deleteMs: 2000 },
    clock,
  });
});
afterEach(() => fake.close());

const input = (more: Partial<CreateAgentRuntimeCommandInput> = {}): CreateAgentRuntimeCommandInput => ({
  agentRuntimeName: 'ad_one',
  agentRuntimeArtifact: { containerConfiguration: { containerUri: IMAGE } },
  roleArn: 'arn:aws:iam::111122223333:role/agent',
  networkConfiguration: { networkMode: 'PUBLIC' },
  environmentVariables: { MODE: 'test' },
  lifecycleConfiguration: { idleRuntimeSessionTimeout: 60, maxLifetime: 600 },
  tags: { owner: 'me' },
  clientToken: TOKEN,
  ...more,
});
const create = (more?: Partial<CreateAgentRuntimeCommandInput>) =>
  controlClient(fake).send(new CreateAgentRuntimeCommand(input(more)));
const get = (agentRuntimeId = '') => controlClient(fake).send(new GetAgentRuntimeCommand({ agentRuntimeId }));
const remove = (agentRuntimeId = '', clientToken?: string) =>
  controlClient(fake).send(new DeleteAgentRuntimeCommand({ agentRuntimeId, clientToken }));

describe('an agent runtime that is made', () => {
  it('is CREATING, then READY, then its endpoint is, and then it can be invoked', async () => {
    const { agentRuntimeId, agentRuntimeArn = '', status } = await create();
    expect(status).toBe('CREATING');
    expect(await get(agentRuntimeId)).toMatchObject({ status: 'CREATING', environmentVariables: { MODE: 'test' } });
    clock.advance(5000);
    expect(await get(agentRuntimeId)).toMatchObject({ status: 'READY', lifecycleConfiguration: { maxLifetime: 600 } });
    const target = { fake, client: dataClient(fake), session: sessionId('one') };
    const call = () => invoke(target, { agentRuntimeArn });
    await expect(call()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    clock.advance(1000);
    const endpoint = new GetAgentRuntimeEndpointCommand({ agentRuntimeId, endpointName: 'DEFAULT' });
    expect(await controlClient(fake).send(endpoint)).toMatchObject({ status: 'READY' });
    expect(await textOf(await call())).toBe('{"MODE":"test"}');
    expect(fake.runtimes.made()).toMatchObject([{ name: 'ad_one', image: IMAGE }]);
  });

  it('is the same one when the request is repeated with its token', async () => {
    const { agentRuntimeArn } = await create();
    expect(await create()).toMatchObject({ agentRuntimeArn });
    expect(fake.runtimes.made()).toHaveLength(1);
  });

  it.each<[string, Partial<CreateAgentRuntimeCommandInput>, object]>([
    ['its name is in use', { clientToken: 'b'.repeat(64) }, { name: 'ConflictException' }],
    [
      'its token came with other parameters',
      { roleArn: 'arn:aws:iam::111122223333:role/other' },
      { name: 'ValidationException', reason: 'IdempotentParameterMismatchException' },
    ],
  ])('is refused when %s', async (_title, more, error) => {
    await create();
    await expect(create(more)).rejects.toMatchObject(error);
  });

  it.each<[string, Partial<CreateAgentRuntimeCommandInput>]>([
    ['a name with a hyphen', { agentRuntimeName: 'ad-one' }],
    ['a lifetime that is too short', { lifecycleConfiguration: { maxLifetime: 59 } }],
    [
      'an idle timeout over the lifetime',
      { lifecycleConfiguration: { maxLifetime: 60, idleRuntimeSessionTimeout: 61 } },
    ],
    ['VPC without subnets', { networkConfiguration: { networkMode: 'VPC' } }],
  ])('is refused with %s', async (_title, more) => {
    await expect(create(more)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('fails with a reason where its image is not there, or a test said so', async () => {
    fake.lifecycles.failNext({ step: 'create', reason: 'no capacity' });
    const ordered = await create();
    const artifact = { containerConfiguration: { containerUri: 'nowhere:1' } };
    const missing = await create({
      agentRuntimeName: 'two',
      agentRuntimeArtifact: artifact,
      clientToken: 'c'.repeat(64),
    });
    clock.advance(5000);
    expect(await get(ordered.agentRuntimeId)).toMatchObject({ status: 'CREATE_FAILED', failureReason: 'no capacity' });
    expect((await get(missing.agentRuntimeId)).failureReason).toContain('nowhere:1');
  });

  it('shows its tags', async () => {
    const { agentRuntimeArn: resourceArn } = await create();
    const tags = await controlClient(fake).send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags.tags).toEqual({ owner: 'me' });
  });
});

describe('an agent runtime that is deleted', () => {
  const ready = async (): Promise<string> => {
    const { agentRuntimeId = '' } = await create();
    clock.advance(6000);
    return agentRuntimeId;
  };

  it('is refused while it is CREATING or DELETING', async () => {
    const { agentRuntimeId = '' } = await create();
    await expect(remove(agentRuntimeId)).rejects.toMatchObject({ name: 'ConflictException' });
    clock.advance(6000);
    expect(await remove(agentRuntimeId)).toMatchObject({ status: 'DELETING' });
    await expect(remove(agentRuntimeId)).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it('is not found when it is gone, its sessions end, and its name is free', async () => {
    const id = await ready();
    const { arn } = fake.runtimes.get('ad_one');
    await textOf(await invoke({ fake, client: dataClient(fake), session: sessionId('a') }, { agentRuntimeArn: arn }));
    await remove(id);
    clock.advance(2000);
    await expect(get(id)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(fake.sessions()).toMatchObject([{ state: 'expired' }]);
    expect((await create({ clientToken: 'd'.repeat(64) })).agentRuntimeId).not.toBe(id);
  });

  it('needs another token after a failure: the old one only repeats the answer', async () => {
    const id = await ready();
    fake.lifecycles.failNext({ step: 'delete', reason: 'try again' });
    await remove(id, TOKEN);
    clock.advance(2000);
    expect(await get(id)).toMatchObject({ status: 'DELETE_FAILED', failureReason: 'try again' });
    await remove(id, TOKEN);
    clock.advance(2000);
    expect(await get(id)).toMatchObject({ status: 'DELETE_FAILED' });
    await remove(id, 'e'.repeat(64));
    clock.advance(2000);
    expect(fake.runtimes.made()).toEqual([]);
  });

  it('waits for custom endpoints, and takes DEFAULT with it', async () => {
    const agentRuntimeId = await ready();
    const client = controlClient(fake);
    await client.send(new CreateAgentRuntimeEndpointCommand({ agentRuntimeId, name: 'prod' }));
    clock.advance(1000);
    const listed = await client.send(new ListAgentRuntimeEndpointsCommand({ agentRuntimeId }));
    expect(listed.runtimeEndpoints?.map(({ name, status }) => [name, status])).toEqual([
      ['DEFAULT', 'READY'],
      ['prod', 'READY'],
    ]);
    await expect(remove(agentRuntimeId)).rejects.toMatchObject({ name: 'ConflictException' });
    const removeEndpoint = (endpointName: string) =>
      client.send(new DeleteAgentRuntimeEndpointCommand({ agentRuntimeId, endpointName }));
    await expect(removeEndpoint('DEFAULT')).rejects.toMatchObject({ name: 'ConflictException' });
    await removeEndpoint('prod');
    clock.advance(2000);
    expect(await remove(agentRuntimeId)).toMatchObject({ status: 'DELETING' });
  });
});
