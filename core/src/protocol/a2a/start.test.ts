import { afterEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent } from '../../provider/index.js';
import { a2aProtocolDriver } from './a2a-driver.js';
import { bare, collect, contextFor, HANDLE } from './testdata/attempt.js';
import { card, CONTEXT, isTask, message, TASK, task, update } from './testdata/events.js';
import {
  type Answer,
  hangUp,
  type LoopbackAgent,
  raw,
  rpcError,
  rpcResult,
  startLoopbackAgent,
  stream,
} from './testdata/loopback-agent.js';

let agent: LoopbackAgent | undefined;
afterEach(async () => agent?.close());

interface Run {
  card?: unknown;
  answers: Record<string, Answer | Answer[]>;
  context?: Partial<DriverContext>;
  channel?: Partial<Channel>;
}

async function run({ card: its = card(), answers, context, channel }: Run): Promise<DriverEvent[]> {
  agent = await startLoopbackAgent({ card: its, answers });
  return await collect(a2aProtocolDriver.start({ ...agent.channel, ...channel }, HANDLE, contextFor(context)));
}

const done = stream([isTask('WORKING'), update('COMPLETED', message('m1', 'hello'))]);
const legacyDone = stream([
  { kind: 'task', id: TASK, contextId: CONTEXT, status: { state: 'working' } },
  { kind: 'status-update', taskId: TASK, contextId: CONTEXT, final: true, status: { state: 'completed' } },
]);
const succeeded = expect.objectContaining({ type: 'ended', outcome: 'succeeded' });

describe('the first message', () => {
  it('names itself, its context and the attempt, and carries instruction, context and files', async () => {
    const request = contextFor().request;
    const input = { instruction: 'Grüße', context: { ticket: 7 }, inputs: [{ path: 'a.txt', text: 'A' }] };
    await run({ answers: { SendStreamingMessage: done }, context: { attempt: 2, request: { ...request, input } } });
    expect(agent?.calls).toHaveLength(1);
    expect(agent?.calls[0]).toMatchObject({
      headers: { 'a2a-version': '1.0' },
      params: {
        message: {
          messageId: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
          contextId: expect.stringMatching(/^ctx_[0-9a-f]{32}$/),
          role: 'ROLE_USER',
          parts: [{ text: 'Grüße' }, { data: { ticket: 7 } }, { raw: 'QQ==', filename: 'a.txt' }],
          metadata: { taskId: 'task_01jv4k5m6n7p8q9r0stvwxyz01', attempt: 2 },
        },
      },
    });
  });

  it('is the same for every repetition of an attempt, and another for the next', async () => {
    const idOf = async (attempt: number): Promise<unknown> => {
      await run({ answers: { SendStreamingMessage: done }, context: { attempt } });
      await agent?.close();
      return (agent?.calls[0]?.params['message'] as { messageId: unknown }).messageId;
    };
    const first = await idOf(1);
    expect([await idOf(1), await idOf(2)]).toEqual([first, expect.not.stringMatching(String(first))]);
  });

  it('goes on in the context of the task that is continued', async () => {
    const conversation = { version: '1.0', contextId: 'earlier-context', taskId: 'earlier-task' };
    const continued = { taskId: 'task_earlier', handle: { ...HANDLE, conversation } };
    await run({ answers: { SendStreamingMessage: done }, context: { continued } });
    const sent = agent?.calls[0]?.params['message'];
    expect(sent).toMatchObject({ contextId: 'earlier-context' });
    expect(sent).not.toHaveProperty('taskId');
  });

  it('carries the whole task to our worker, and no secret to another agent', async () => {
    const secrets = { KEY: 's3cret' };
    await run({ answers: { SendStreamingMessage: done }, context: { secrets } });
    expect(JSON.stringify(agent?.calls)).not.toContain('s3cret');
    await agent?.close();
    const worker = { secrets: { ...secrets, OWN: 'of-the-channel' }, agent: 'worker' as const };
    await run({
      card: null,
      answers: {
        GetTask: rpcError(-32001, 'unknown', [{ metadata: { bootId: 'b1' } }]),
        SendStreamingMessage: rpcError(-32602, 'no'),
      },
      context: worker,
      channel: { ownSecrets: ['OWN'] },
    }).catch(() => undefined);
    expect(agent?.calls.at(-1)?.params['metadata']).toMatchObject({
      agentdispatch: { task: { instruction: 'Say hello.', attempt: 1, secrets: { KEY: 's3cret' } } },
    });
    expect(JSON.stringify(agent?.calls)).not.toContain('of-the-channel');
  });
});

describe('how the agent is spoken to', () => {
  it('is by the paths of the channel alone, whatever host its card names', async () => {
    await run({ answers: { SendStreamingMessage: done } });
    expect(agent?.requests).toEqual(['GET /.well-known/agent-card.json', 'POST /']);
  });

  it('is version 0.3 where the card says so', async () => {
    const events = await run({
      card: { url: 'https://elsewhere.example', protocolVersion: '0.3.0', capabilities: { streaming: true } },
      answers: { 'message/stream': legacyDone },
    });
    expect(agent?.calls).toEqual([
      expect.objectContaining({
        headers: expect.objectContaining({ 'a2a-version': '0.3' }),
        params: {
          message: expect.objectContaining({
            kind: 'message',
            role: 'user',
            parts: [{ kind: 'text', text: 'Say hello.' }],
          }),
        },
      }),
    ]);
    expect(events.at(-1)).toEqual(succeeded);
  });

  it.each([
    ['an unknown method', rpcError(-32601, 'Method not found')],
    ['an invalid request', rpcError(-32600, 'Request payload validation error')],
    ['an unknown version', rpcError(-32009, 'Version not supported')],
  ])('is tried in the other version after %s, with effect once', async (_name, refusal) => {
    const events = await run({
      card: null,
      answers: { SendStreamingMessage: refusal, 'message/stream': legacyDone },
    });
    expect(agent?.calls.map(({ method }) => method)).toEqual(['SendStreamingMessage', 'message/stream']);
    expect(events.at(-1)).toEqual(succeeded);
  });

  it('is without a stream where the agent has none', async () => {
    const events = await run({
      card: card({ capabilities: {} }),
      answers: { SendMessage: rpcResult(isTask('SUBMITTED')), GetTask: rpcResult(task('COMPLETED')) },
    });
    expect(agent?.calls.map(({ method }) => method)).toEqual(['SendMessage', 'GetTask']);
    expect(agent?.calls[0]?.params['configuration']).toEqual({ returnImmediately: true });
    expect(events.at(-1)).toEqual(succeeded);
  });

  it('is without a stream over a channel whose answers come whole', async () => {
    await run({
      answers: { SendMessage: rpcResult(isTask('WORKING')), GetTask: rpcResult(task('COMPLETED')) },
      channel: { answerSeconds: 0 },
    });
    expect(agent?.calls.map(({ method }) => method)).toEqual(['SendMessage', 'GetTask']);
  });

  it('names the tenant that the card gives', async () => {
    const [its] = card()['supportedInterfaces'] as object[];
    await run({
      card: card({ supportedInterfaces: [{ ...its, tenant: 'us' }] }),
      answers: { SendStreamingMessage: done },
    });
    expect(agent?.calls[0]?.params).toHaveProperty('tenant', 'us');
  });

  it('is not at all where the card offers no JSON-RPC', async () => {
    const supportedInterfaces = [{ url: 'https://elsewhere.example', protocolBinding: 'GRPC', protocolVersion: '1.0' }];
    const running = run({ card: card({ supportedInterfaces }), answers: { SendStreamingMessage: done } });
    await expect(running).rejects.toMatchObject({
      code: 'AD_PROTOCOL_RESPONSE',
      message: expect.stringMatching('GRPC'),
    });
    expect(agent?.calls).toEqual([]);
  });
});

describe('the first answer', () => {
  it('is told by a handle that leads to the task, before anything else of it', async () => {
    const events = await run({ answers: { SendStreamingMessage: done } });
    const conversation = { version: '1.0', tenant: '', streaming: true, contextId: CONTEXT, taskId: TASK };
    expect(events.slice(0, 2)).toEqual([{ type: 'handle', handle: { ...HANDLE, conversation } }, { type: 'attached' }]);
  });

  it('that is a message without a task is the whole of it', async () => {
    const said = message('m1', 'Hello yourself.', { taskId: undefined });
    const events = await run({ answers: { SendStreamingMessage: stream([{ message: said }]) } });
    expect(bare(events).slice(1)).toEqual([
      { type: 'attached' },
      { type: 'message', text: 'Hello yourself.', raw: { message: JSON.parse(JSON.stringify(said)) as unknown } },
      { type: 'ended', outcome: 'succeeded', result: { text: 'Hello yourself.' } },
    ]);
  });

  it.each([
    ['a JSON-RPC error', rpcError(-32603, 'key s3cret is bad'), 'AD_PROTOCOL_AGENT_ERROR', 'key [redacted] is bad'],
    ['an HTTP error', raw(403, 'text/html', '<p>no</p>'), 'AD_PROTOCOL_AGENT_ERROR', '403'],
    ['a redirection', raw(302, 'text/plain', ''), 'AD_PROTOCOL_RESPONSE', '302'],
    ['what is no JSON', raw(200, 'application/json', '<html>'), 'AD_PROTOCOL_RESPONSE', 'JSON'],
    ['what is no JSON-RPC', raw(200, 'application/json', '[1]'), 'AD_PROTOCOL_RESPONSE', 'JSON-RPC'],
    ['a stream of something else', raw(200, 'text/event-stream', 'data: <html>\n\n'), 'AD_PROTOCOL_RESPONSE', 'JSON'],
    [
      'the answer to another call',
      raw(200, 'application/json', '{"jsonrpc":"2.0","id":99,"result":{}}'),
      'AD_PROTOCOL_RESPONSE',
      'another call',
    ],
    ['an event that is malformed', stream([isTask('WORKING', { artifacts: [null] })]), 'AD_PROTOCOL_RESPONSE', 'event'],
  ])('that is %s fails with a code', async (_name, answer, code, words) => {
    const running = run({ answers: { SendStreamingMessage: answer } });
    await expect(running).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(agent?.calls).toHaveLength(1);
  });

  it.each([
    ['of a broken connection', hangUp],
    ['of something on the way that lost sight of it', raw(504, 'text/plain', 'timeout')],
    ['that ends before anything is in it', stream([])],
  ])('%s leaves it unknown, and it is not sent again', async (_name, answer) => {
    const events = await run({ answers: { SendStreamingMessage: answer } });
    expect(events).toEqual([{ type: 'unknown', reason: expect.stringContaining('no answer was seen') }]);
    expect(agent?.calls).toHaveLength(1);
  });

  it('that the channel is certain never came has the code of the channel', async () => {
    const denied = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const channel: Channel = { fetch: () => Promise.reject(denied) };
    await expect(collect(a2aProtocolDriver.start(channel, HANDLE, contextFor()))).rejects.toBe(denied);
  });

  it('that names no task is of no use', async () => {
    const lost = { statusUpdate: { status: { state: 'TASK_STATE_WORKING' } } };
    const events = await run({ answers: { SendStreamingMessage: stream([lost]) } });
    expect(events.at(-1)).toMatchObject({ type: 'unknown' });
  });
});
