import { afterEach, describe, expect, it } from '@jest/globals';
import { GetAgentCardCommand } from '@aws-sdk/client-bedrock-agentcore';
import {
  type FakeAgentCore,
  type FakeOptions,
  failingAgent,
  gatedScript,
  jsonAgent,
  raw,
  startFakeAgentCore,
} from './index.js';
import { chunkReader, dataClient, invoke, sessionId, type Target, textOf } from './sdk-clients.js';

let fake: FakeAgentCore;
afterEach(() => fake.close());

async function start(options: FakeOptions): Promise<Target> {
  fake = await startFakeAgentCore(options);
  return { fake, client: dataClient(fake), session: sessionId('a') };
}

describe('InvokeAgentRuntime', () => {
  it('hands the payload to the agent byte for byte and brings its JSON back', async () => {
    const target = await start({
      agents: { researcher: jsonAgent(({ payload }) => ({ got: Buffer.from(payload).toString() })) },
    });
    const answer = await invoke(target, { payload: Buffer.from('{"a": "é"}') });
    expect(answer).toMatchObject({
      statusCode: 200,
      contentType: 'application/json',
      runtimeSessionId: target.session,
    });
    expect(JSON.parse(await textOf(answer))).toEqual({ got: '{"a": "é"}' });
  });

  it('streams each event to the client before the next one is released', async () => {
    const events = Array.from({ length: 10 }, (_, index) => ({ chunk: index }));
    const script = gatedScript(events);
    const target = await start({ agents: { researcher: script.agent } });
    script.release();
    const answer = await invoke(target, { accept: 'text/event-stream' });
    const read = chunkReader(answer);
    expect(answer.contentType).toBe('text/event-stream');
    for (const event of events) {
      expect(await read()).toBe(`data: ${JSON.stringify(event)}\n\n`);
      script.release();
    }
    expect(await read()).toBeUndefined();
    expect(fake.log.executions()).toMatchObject([{ outcome: 'completed', sessionId: target.session }]);
  });

  it('passes raw bytes through, split where the agent split them', async () => {
    async function* halves(): AsyncGenerator<Uint8Array> {
      yield Uint8Array.of(0xc3);
      yield Uint8Array.of(0xa9);
    }
    const target = await start({ agents: { researcher: () => raw('text/plain', halves()) } });
    expect(await textOf(await invoke(target))).toBe('é');
  });

  it('passes platform headers on to the container and nothing of the signature', async () => {
    const target = await start({ agents: { researcher: jsonAgent(({ headers }) => headers) } });
    const headers: unknown = JSON.parse(
      await textOf(await invoke(target, { accept: 'text/plain', runtimeUserId: 'u1' })),
    );
    expect(headers).toEqual({
      'content-type': 'application/json',
      accept: 'text/plain',
      'x-amzn-bedrock-agentcore-runtime-user-id': 'u1',
      'x-amzn-bedrock-agentcore-runtime-session-id': target.session,
    });
  });

  it('keeps the agent at work when the client goes away', async () => {
    const script = gatedScript(['one', 'two', 'three']);
    const target = await start({ agents: { researcher: script.agent } });
    const abort = new AbortController();
    script.release();
    const read = chunkReader(await invoke(target, {}, abort.signal));
    await read();
    abort.abort();
    await expect(read()).rejects.toThrow('aborted');
    await fake.when(() => fake.log.requests()[0]?.cutShort === true);
    script.releaseAll();
    await fake.when(() => fake.log.executions({ outcome: 'completed' }).length === 1);
    await fake.when(() => fake.log.requests({ outcome: 'client-gone' }).length === 1);
    expect(fake.sessions()).toMatchObject([{ state: 'alive', executions: 1, active: 0 }]);
  });

  it('keeps what the agent remembers within a session, apart from other sessions', async () => {
    const count = jsonAgent(({ memory }) => {
      memory.set('calls', Number(memory.get('calls') ?? 0) + 1);
      return memory.get('calls');
    });
    const target = await start({ agents: { researcher: count } });
    const other = { ...target, session: sessionId('b') };
    const answers = [await invoke(target), await invoke(target), await invoke(other)];
    expect(await Promise.all(answers.map(textOf))).toEqual(['1', '2', '1']);
  });

  it('takes a runtime id together with its account id', async () => {
    const target = await start({ agents: { researcher: jsonAgent(() => 'hi') } });
    const { id, account } = fake.runtimes.get('researcher');
    expect(await textOf(await invoke(target, { agentRuntimeArn: id, accountId: account }))).toBe('"hi"');
  });
});

describe('a container that fails', () => {
  it('is a RuntimeClientError with status 424', async () => {
    const target = await start({ agents: { researcher: failingAgent() } });
    await expect(invoke(target)).rejects.toMatchObject({
      name: 'RuntimeClientError',
      $metadata: { httpStatusCode: 424 },
    });
    expect(fake.log.executions()).toMatchObject([{ outcome: 'failed' }]);
  });

  it('is the same when its handler throws', async () => {
    const crash = (): never => {
      throw new Error('out of memory');
    };
    const target = await start({ agents: { researcher: crash } });
    await expect(invoke(target)).rejects.toMatchObject({ name: 'RuntimeClientError' });
  });

  it('refuses the SDK default content type, which names no JSON', async () => {
    const target = await start({ agents: { researcher: jsonAgent(() => 'hi') } });
    await expect(invoke(target, { contentType: undefined })).rejects.toMatchObject({
      name: 'RuntimeClientError',
      message: expect.stringContaining('(415)'),
    });
    expect(fake.log.requests()).toMatchObject([{ contentType: 'application/octet-stream', status: 424 }]);
    expect(fake.log.executions()).toEqual([]);
  });

  it('breaks the stream when it crashes in the middle of its answer', async () => {
    async function* crash(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('begun');
      throw new Error('out of memory');
    }
    const target = await start({ agents: { researcher: () => raw('text/plain', crash()) } });
    const read = chunkReader(await invoke(target));
    expect(await read()).toBe('begun');
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(fake.log.executions()).toMatchObject([{ outcome: 'failed' }]);
  });
});

describe('bad requests', () => {
  const table: readonly [title: string, overrides: Parameters<typeof invoke>[1], expected: object][] = [
    [
      'a session id of 32 characters',
      { runtimeSessionId: 'x'.repeat(32) },
      { name: 'ValidationException', reason: 'FieldValidationFailed' },
    ],
    ['a session id of 257 characters', { runtimeSessionId: 'x'.repeat(257) }, { name: 'ValidationException' }],
    ['a label that is no ARN', { agentRuntimeArn: 'researcher' }, { name: 'ValidationException' }],
    ['an unknown endpoint', { qualifier: 'nowhere' }, { name: 'ResourceNotFoundException' }],
    ['a qualifier with a hyphen', { qualifier: 'no-where' }, { name: 'ValidationException' }],
    [
      'an unknown runtime',
      { agentRuntimeArn: 'arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/nobody-0123456789' },
      { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } },
    ],
    [
      'a runtime of another region',
      { agentRuntimeArn: 'arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/nobody-0123456789' },
      { name: 'ResourceNotFoundException' },
    ],
    [
      'a runtime of another account',
      { agentRuntimeArn: 'arn:aws:bedrock-agentcore:us-west-2:999999999999:runtime/nobody-0123456789' },
      { name: 'AccessDeniedException' },
    ],
  ];

  it.each(table)('%s is refused and starts nothing', async (_title, overrides, expected) => {
    const target = await start({ agents: { researcher: jsonAgent(() => 'hi') } });
    await expect(invoke(target, overrides)).rejects.toMatchObject(expected);
    expect(fake.sessions()).toEqual([]);
  });

  it('names the offending field', async () => {
    const target = await start({ agents: { researcher: jsonAgent(() => 'hi') } });
    await expect(invoke({ ...target, session: 'short' })).rejects.toMatchObject({
      fieldList: [{ name: 'runtimeSessionId', message: expect.stringContaining('33') }],
    });
  });

  it('a body over the cap is refused', async () => {
    const target = await start({ agents: { researcher: jsonAgent(() => 'hi') }, maxPayloadBytes: 1000 });
    await expect(invoke(target, { payload: Buffer.alloc(1001, ' ') })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(await textOf(await invoke(target, { payload: Buffer.alloc(1000, ' ') }))).toBe('"hi"');
  });

  it('a runtime that is not ready yet is not found', async () => {
    const target = await start({
      agents: { researcher: jsonAgent(() => 'hi') },
      runtimes: [{ name: 'researcher', status: 'CREATING' }],
    });
    await expect(invoke(target)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    fake.runtimes.get('researcher').status = 'READY';
    expect(await textOf(await invoke(target))).toBe('"hi"');
  });

  it('one session too many exceeds the quota', async () => {
    const target = await start({ agents: { researcher: jsonAgent(() => 'hi') }, maxActiveSessions: 1 });
    await textOf(await invoke(target));
    await expect(invoke({ ...target, session: sessionId('b') })).rejects.toMatchObject({
      name: 'ServiceQuotaExceededException',
      $metadata: { httpStatusCode: 402 },
    });
    expect(await textOf(await invoke(target))).toBe('"hi"');
  });
});

describe('GetAgentCard', () => {
  const card = (): unknown => ({ name: 'Researcher', skills: [] });

  it('brings the card of an A2A container back, and starts its session', async () => {
    const agents = { researcher: { ...jsonAgent(() => 'hi'), card } };
    const { client, session } = await start({ agents, runtimes: [{ name: 'researcher', protocol: 'A2A' }] });
    const answer = await client.send(
      new GetAgentCardCommand({ agentRuntimeArn: fake.arn('researcher'), runtimeSessionId: session }),
    );
    expect(answer).toMatchObject({ agentCard: card(), runtimeSessionId: session, statusCode: 200 });
    expect(fake.sessions()).toMatchObject([{ sessionId: session, state: 'alive', executions: 0 }]);
  });

  it('is refused for a runtime of another protocol', async () => {
    const { client, session } = await start({ agents: { researcher: { ...jsonAgent(() => 'hi'), card } } });
    const call = client.send(
      new GetAgentCardCommand({ agentRuntimeArn: fake.arn('researcher'), runtimeSessionId: session }),
    );
    await expect(call).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
