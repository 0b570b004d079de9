import { afterEach, describe, expect, it } from '@jest/globals';
import {
  endlessAgent,
  type FakeAgentCore,
  type FakeOptions,
  jsonAgent,
  ManualClock,
  silentAgent,
  startFakeAgentCore,
} from './index.js';
import { chunkReader, dataClient, invoke, sessionId, stop, type Target, textOf } from './sdk-clients.js';

let fake: FakeAgentCore;
afterEach(() => fake.close());

async function start(options: Partial<FakeOptions> = {}): Promise<Target> {
  fake = await startFakeAgentCore({ agents: { researcher: jsonAgent(({ bootId }) => bootId) }, ...options });
  return { fake, client: dataClient(fake), session: sessionId('a') };
}

const token = (name: string): string => name.padEnd(33, '0');

describe('StopRuntimeSession', () => {
  it('ends a live session', async () => {
    const target = await start();
    await textOf(await invoke(target));
    expect(await stop(target)).toMatchObject({ runtimeSessionId: target.session, statusCode: 200 });
    expect(fake.sessions()).toMatchObject([{ state: 'stopped', executions: 1, stops: 1 }]);
  });

  it('ends an agent that streams for ever, and its connection', async () => {
    const target = await start({ agents: { researcher: endlessAgent(['one']) } });
    const read = chunkReader(await invoke(target));
    await read();
    await stop(target);
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(fake.log.executions()).toMatchObject([{ outcome: 'ended' }]);
  });

  it('fails an invocation that has no answer yet', async () => {
    const target = await start({ agents: { researcher: silentAgent() } });
    const pending = expect(invoke(target)).rejects.toMatchObject({ name: 'RuntimeClientError' });
    await fake.when(() => fake.log.executions().length === 1);
    await stop(target);
    await pending;
  });

  it('finds no session that never was, nor one that is dead already', async () => {
    const target = await start();
    await expect(stop(target)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await textOf(await invoke(target));
    await stop(target);
    await expect(stop(target)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('finds the session only under the endpoint it was invoked through', async () => {
    const target = await start({ runtimes: [{ name: 'researcher', endpoints: [{ name: 'prod' }] }] });
    await textOf(await invoke(target, { qualifier: 'prod' }));
    await expect(stop(target)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(fake.sessions()).toMatchObject([{ qualifier: 'prod', state: 'alive' }]);
  });

  it('with a used token answers as before and stops nothing, so a revived session leaks', async () => {
    const target = await start();
    await textOf(await invoke(target));
    await stop(target, token('t'));
    await textOf(await invoke(target));
    expect(await stop(target, token('t'))).toMatchObject({ statusCode: 200 });
    expect(fake.log.requests({ operation: 'StopRuntimeSession' }).map((record) => record.replayed)).toEqual([
      false,
      true,
    ]);
    expect(fake.sessions()).toMatchObject([{ state: 'alive', stops: 1 }]);
    await stop(target, token('u'));
    expect(fake.sessions()).toMatchObject([{ state: 'stopped', stops: 2 }]);
  });

  it('refuses a token that was used for another session', async () => {
    const target = await start();
    const other = { ...target, session: sessionId('b') };
    await textOf(await invoke(target));
    await textOf(await invoke(other));
    await stop(target, token('t'));
    await expect(stop(other, token('t'))).rejects.toMatchObject({ reason: 'IdempotentParameterMismatchException' });
  });

  it.each([
    ['of 32 characters', 'x'.repeat(32)],
    ['with a space in it', `${'x'.repeat(33)} y`],
  ])('refuses a token %s', async (_title, bad) => {
    await expect(stop(await start(), bad)).rejects.toMatchObject({
      name: 'ValidationException',
      fieldList: [{ name: 'clientToken' }],
    });
  });

  it('does not remember the token of a stop that found nothing', async () => {
    const target = await start();
    await expect(stop(target, token('t'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await textOf(await invoke(target));
    await stop(target, token('t'));
    expect(fake.sessions()).toMatchObject([{ state: 'stopped' }]);
  });
});

describe('a dead session', () => {
  it('comes back as a new, empty microVM with the next invoke', async () => {
    const target = await start();
    const first = await textOf(await invoke(target));
    await stop(target);
    const second = await textOf(await invoke(target));
    expect(second).not.toBe(first);
    expect(fake.sessions()).toMatchObject([
      { state: 'alive', executions: 2, bootIds: [JSON.parse(first), JSON.parse(second)] },
    ]);
  });

  it('is brought back by an invoke that lands after its stop, and leaks', async () => {
    const target = await start();
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: { kind: 'late', afterStop: true } });
    const late = invoke(target);
    await fake.when(() => fake.log.requests({ operation: 'InvokeAgentRuntime' }).length === 1);
    await expect(stop(target)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await textOf(await late);
    expect(fake.sessions()).toMatchObject([{ state: 'alive', executions: 1 }]);
  });

  it('is brought back by a late invoke even when nobody waits for it any more', async () => {
    const clock = new ManualClock();
    const target = await start({ clock });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: { kind: 'late', afterMs: 5000 } });
    const abort = new AbortController();
    const late = expect(invoke(target, {}, abort.signal)).rejects.toThrow('aborted');
    await fake.when(() => fake.log.requests().length === 1);
    abort.abort();
    await late;
    clock.advance(4999);
    expect(fake.sessions()).toEqual([]);
    clock.advance(1);
    await fake.when(() => fake.log.executions({ outcome: 'completed' }).length === 1);
    expect(fake.sessions()).toMatchObject([{ state: 'alive', executions: 1, stops: 0 }]);
  });
});

// Idle timeout and maximum lifetime: what the clock holds for one idle session.
const ARMED = 2;

describe('expiry', () => {
  it('ends a session that idles', async () => {
    const clock = new ManualClock();
    const target = await start({ clock, runtimes: [{ name: 'researcher', idleSeconds: 60 }] });
    await textOf(await invoke(target));
    clock.advance(59_999);
    expect(fake.sessions()).toMatchObject([{ state: 'alive' }]);
    clock.advance(1);
    expect(fake.sessions()).toMatchObject([{ state: 'expired', stops: 0 }]);
  });

  it('spares a session at work from idling, but not from its maximum lifetime', async () => {
    const clock = new ManualClock();
    const agents = { researcher: endlessAgent(['one']) };
    const target = await start({
      clock,
      agents,
      runtimes: [{ name: 'researcher', idleSeconds: 60, maxLifetimeSeconds: 600 }],
    });
    const read = chunkReader(await invoke(target));
    await read();
    clock.advance(599_999);
    expect(fake.sessions()).toMatchObject([{ state: 'alive', active: 1 }]);
    clock.advance(1);
    expect(fake.sessions()).toMatchObject([{ state: 'expired' }]);
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('asks the container first, and lets a busy one go on', async () => {
    const clock = new ManualClock();
    const pings: string[] = [];
    let status: 'Healthy' | 'HealthyBusy' = 'HealthyBusy';
    const researcher = { ...jsonAgent(() => 'started'), ping: () => (pings.push(status), { status }) };
    const target = await start({ clock, agents: { researcher }, runtimes: [{ name: 'researcher', idleSeconds: 60 }] });
    await textOf(await invoke(target));
    clock.advance(60_000);
    await fake.when(() => clock.scheduled === ARMED);
    expect(fake.sessions()).toMatchObject([{ state: 'alive' }]);
    status = 'Healthy';
    clock.advance(60_000);
    await fake.when(() => fake.sessions()[0]?.state === 'expired');
    expect(pings).toEqual(['HealthyBusy', 'Healthy']);
  });

  it('spares a container that tells of a change just now, as often as it does', async () => {
    const clock = new ManualClock();
    let changedAt = clock.now();
    const researcher = { ...jsonAgent(() => 'started'), ping: () => ({ status: 'Healthy', changedAt }) as const };
    const target = await start({ clock, agents: { researcher }, runtimes: [{ name: 'researcher', idleSeconds: 60 }] });
    await textOf(await invoke(target));
    changedAt = clock.now() + 30_000;
    clock.advance(60_000);
    await fake.when(() => clock.scheduled === ARMED);
    clock.advance(29_999);
    expect(fake.sessions()).toMatchObject([{ state: 'alive' }]);
    clock.advance(1);
    await fake.when(() => fake.sessions()[0]?.state === 'expired');
  });
});
