import { afterEach, describe, expect, it } from '@jest/globals';
import type { Handle } from '@agent-dispatch/schemas';
import { DispatchError } from '../../errors/index.js';
import type { CancelLevel, Channel, DriverContext, Message, Receipt } from '../../provider/index.js';
import { a2aProtocolDriver } from './a2a-driver.js';
import { contextFor, HANDLE } from './testdata/attempt.js';
import { CONTEXT, isTask, TASK, task } from './testdata/events.js';
import {
  type Answer,
  hangUp,
  type LoopbackAgent,
  raw,
  rpcError,
  rpcResult,
  startLoopbackAgent,
} from './testdata/loopback-agent.js';

let agent: LoopbackAgent | undefined;
afterEach(async () => agent?.close());

type Answers = Record<string, Answer | Answer[]>;

const KNOWN: Handle = {
  ...HANDLE,
  conversation: { version: '1.0', tenant: '', streaming: true, contextId: CONTEXT, taskId: TASK },
};
const WORKER = { agent: 'worker' } as const;

async function send(
  answers: Answers,
  {
    handle = KNOWN,
    context = {},
    message = {},
  }: { handle?: Handle; context?: Partial<DriverContext>; message?: Partial<Message> } = {},
): Promise<Receipt> {
  agent = await startLoopbackAgent({ answers });
  const sent = { id: 'message-1', text: 'And now?', ...message };
  const receipt = await a2aProtocolDriver.send?.(agent.channel, handle, sent, contextFor(context));
  if (receipt === undefined) throw new TypeError('the driver has no verb send');
  return receipt;
}

describe('a message to running work', () => {
  it('is delivered once the agent has it, by the id that it was given', async () => {
    expect(await send({ SendMessage: rpcResult(isTask('WORKING')) })).toEqual({ state: 'delivered' });
    expect(agent?.calls[0]?.params).toEqual({
      message: {
        messageId: 'message-1',
        taskId: TASK,
        contextId: CONTEXT,
        role: 'ROLE_USER',
        parts: [{ text: 'And now?' }],
      },
      configuration: { returnImmediately: true },
    });
  });

  it('names the question that it answers to our worker, which may have more than one', async () => {
    const answers = { SendMessage: rpcResult(isTask('WORKING')) };
    await send(answers, { context: WORKER, message: { requestId: 'q1' } });
    expect(agent?.calls[0]?.params['metadata']).toEqual({ agentdispatch: { requestId: 'q1' } });
  });

  it('is rejected in the words of the agent, without secrets', async () => {
    const receipt = await send({ SendMessage: rpcError(-32004, 'Task s3cret is in a terminal state.') });
    expect(receipt).toEqual({ state: 'rejected', reason: 'Task [redacted] is in a terminal state.' });
  });

  it('is rejected while the agent has not named its task', async () => {
    expect(await send({}, { handle: HANDLE })).toMatchObject({ state: 'rejected' });
    expect(agent?.calls).toEqual([]);
  });

  it('is unknown after a broken connection, and not sent again', async () => {
    expect(await send({ SendMessage: hangUp })).toMatchObject({ state: 'unknown' });
    expect(agent?.calls).toHaveLength(1);
  });

  it('is sent again to our worker, which knows it by its id', async () => {
    const answers = { SendMessage: [hangUp, rpcResult(isTask('WORKING'))] };
    expect(await send(answers, { handle: HANDLE, context: WORKER })).toEqual({ state: 'delivered' });
    const sent = agent?.calls.map(({ params }) => params['message']);
    expect(sent?.[0]).toMatchObject({ taskId: expect.stringMatching(/^inv_/) });
    expect(sent?.[1]).toEqual(sent?.[0]);
  });

  it('is unknown after an error inside the agent, which may have it', async () => {
    expect(await send({ SendMessage: rpcError(-32603, 'Internal error.') })).toMatchObject({ state: 'unknown' });
  });

  it.each([
    ['the run is not known any more', rpcError(-32001, 'Task not found')],
    ['it is denied', raw(403, 'text/plain', 'no')],
  ])('is unknown where its answer was lost, and %s when it is sent again', async (_name, then) => {
    const answers = { SendMessage: [hangUp, then] };
    expect(await send(answers, { handle: HANDLE, context: WORKER })).toMatchObject({ state: 'unknown' });
  });

  it('fails with the code of an HTTP error that says that nothing was taken', async () => {
    await expect(send({ SendMessage: raw(403, 'text/plain', 'no') })).rejects.toMatchObject({
      code: 'AD_PROTOCOL_AGENT_ERROR',
    });
  });

  it('fails with the code of a channel that is certain', async () => {
    const denied = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const channel: Channel = { fetch: () => Promise.reject(denied) };
    const sending = a2aProtocolDriver.send?.(channel, KNOWN, { id: 'm', text: 't' }, contextFor());
    await expect(sending).rejects.toBe(denied);
  });
});

describe('a cancel', () => {
  const cancel = async (
    answers: Answers,
    handle = KNOWN,
    context: Partial<DriverContext> = {},
  ): Promise<CancelLevel | undefined> => {
    agent = await startLoopbackAgent({ answers });
    return await a2aProtocolDriver.cancel?.(agent.channel, handle, contextFor(context));
  };

  it.each([
    ['stopped', 'CANCELED'],
    ['stopped', 'COMPLETED'],
    ['requested', 'WORKING'],
    ['requested', 'DREAMING'],
  ])('is %s when the task then is %s', async (level, state) => {
    expect(await cancel({ CancelTask: rpcResult(task(state)) })).toBe(level);
  });

  it.each([
    ['stopped', 'FAILED'],
    ['unsupported', 'WORKING'],
  ])('that the agent refuses is %s when the task is %s', async (level, state) => {
    const answers = { CancelTask: rpcError(-32002, 'Task cannot be canceled'), GetTask: rpcResult(task(state)) };
    expect(await cancel(answers)).toBe(level);
  });

  it('is unsupported while the agent has not named its task', async () => {
    expect(await cancel({}, HANDLE)).toBe('unsupported');
  });

  it('reaches our worker by the name that it was told', async () => {
    expect(await cancel({ CancelTask: rpcResult(task('CANCELED')) }, HANDLE, WORKER)).toBe('stopped');
    expect(agent?.calls[0]?.params['id']).toMatch(/^inv_/);
  });

  it('says what a broken connection says', async () => {
    await expect(cancel({ CancelTask: hangUp })).rejects.toThrow();
  });
});
