import { afterEach, describe, expect, it } from '@jest/globals';
import { type Fault, type FakeAgentCore, gatedScript, jsonAgent, ManualClock, startFakeAgentCore } from './index.js';
import { chunkReader, dataClient, invoke, sessionId, stop, type Target, textOf } from './sdk-clients.js';

let fake: FakeAgentCore;
afterEach(() => fake.close());

async function start(fault: Fault, times = 1): Promise<Target> {
  fake = await startFakeAgentCore({ agents: { researcher: jsonAgent(() => 'hi') } });
  fake.faults.inject({ operation: 'InvokeAgentRuntime', fault, times });
  return { fake, client: dataClient(fake), session: sessionId('a') };
}

describe('faults before any work', () => {
  it('throttle is a typed error, as often as ordered', async () => {
    const target = await start({ kind: 'throttle' }, 2);
    const throttled = { name: 'ThrottlingException', $metadata: { httpStatusCode: 429 } };
    await expect(invoke(target)).rejects.toMatchObject(throttled);
    await expect(invoke(target)).rejects.toMatchObject(throttled);
    expect(fake.sessions()).toEqual([]);
    expect(await textOf(await invoke(target))).toBe('"hi"');
    expect(fake.faults.outstanding).toBe(0);
  });

  it.each([
    ['InternalServerException', 500],
    ['RetryableConflictException', 409],
    ['UnauthorizedException', 401],
  ])('%s arrives with status %i', async (type, httpStatusCode) => {
    const target = await start({ kind: 'error', type });
    await expect(invoke(target)).rejects.toMatchObject({ name: type, $metadata: { httpStatusCode } });
    expect(fake.sessions()).toEqual([]);
  });

  it('an HTML page from a proxy arrives as a parse error with the status beside it', async () => {
    const target = await start({ kind: 'html' });
    await expect(invoke(target)).rejects.toMatchObject({ name: 'SyntaxError', $metadata: { httpStatusCode: 503 } });
  });

  it('hang keeps the client waiting until it gives up', async () => {
    const target = await start({ kind: 'hang' });
    const abort = new AbortController();
    const hanging = expect(invoke(target, {}, abort.signal)).rejects.toThrow('aborted');
    await fake.when(() => fake.log.requests({ outcome: 'hung' }).length === 1);
    abort.abort();
    await hanging;
    expect(fake.sessions()).toEqual([]);
  });

  it('can be chosen for each request that no order was made for', async () => {
    const target = await start({ kind: 'throttle' });
    fake.faults.otherwise(({ operation, body }) =>
      operation === 'InvokeAgentRuntime' && body.length > 0 ? { kind: 'html' } : undefined,
    );
    await expect(invoke(target)).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(invoke(target)).rejects.toMatchObject({ name: 'SyntaxError' });
    await expect(stop(target)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('meets only the operation and the session it was ordered for', async () => {
    const target = await start({ kind: 'throttle' });
    fake.faults.clear();
    const fault: Fault = { kind: 'throttle' };
    fake.faults.inject({ operation: 'StopRuntimeSession', fault });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', sessionId: sessionId('b'), fault });
    await textOf(await invoke(target));
    await expect(invoke({ ...target, session: sessionId('b') })).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(stop(target)).rejects.toMatchObject({ name: 'ThrottlingException' });
  });
});

describe('faults after the work', () => {
  it('a lost response leaves the work done and the client in the dark', async () => {
    const target = await start({ kind: 'lost-response' });
    await expect(invoke(target)).rejects.toThrow('socket hang up');
    await fake.when(() => fake.log.requests({ outcome: 'lost' }).length === 1);
    expect(fake.log.executions()).toMatchObject([{ outcome: 'completed' }]);
    expect(fake.sessions()).toMatchObject([{ state: 'alive', executions: 1 }]);
  });

  it('a lost response makes a client with retries run the agent twice', async () => {
    const target = await start({ kind: 'lost-response' });
    const client = dataClient(fake, { maxAttempts: 3 });
    expect(await textOf(await invoke({ ...target, client }))).toBe('"hi"');
    expect(fake.sessions()).toMatchObject([{ executions: 2 }]);
  });

  it('a lost stop has stopped the session', async () => {
    const target = await start({ kind: 'throttle' });
    fake.faults.clear();
    await textOf(await invoke(target));
    fake.faults.inject({ operation: 'StopRuntimeSession', fault: { kind: 'lost-response' } });
    await expect(stop(target)).rejects.toThrow('socket hang up');
    expect(fake.sessions()).toMatchObject([{ state: 'stopped', stops: 1 }]);
  });

  it('a reset in mid-stream comes after the ordered chunks, and the agent goes on to its end', async () => {
    const script = gatedScript(['one', 'two', 'three']);
    fake = await startFakeAgentCore({ agents: { researcher: script.agent } });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: { kind: 'reset', afterChunks: 2 } });
    script.release();
    const read = chunkReader(await invoke({ fake, client: dataClient(fake), session: sessionId('a') }));
    expect(await read()).toContain('one');
    script.release();
    expect(await read()).toContain('two');
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
    script.releaseAll();
    await fake.when(() => fake.log.requests({ outcome: 'reset' }).length === 1);
    expect(fake.log.executions()).toMatchObject([{ outcome: 'completed' }]);
  });

  it('a slow body sends headers at once and its chunks late', async () => {
    const clock = new ManualClock();
    fake = await startFakeAgentCore({ agents: { researcher: jsonAgent(() => 'hi') }, clock });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: { kind: 'slow-body', everyMs: 2000 } });
    const answer = await invoke({ fake, client: dataClient(fake), session: sessionId('a') });
    const body = textOf(answer);
    expect(fake.log.requests({ outcome: 'pending' })).toHaveLength(1);
    clock.advance(2000);
    expect(await body).toBe('"hi"');
  });
});
