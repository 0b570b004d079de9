import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import { Host } from './testdata/host.js';
import { RecordedSpans } from './testdata/recorded-spans.js';
import { events, Feed } from './testdata/scripted-driver.js';
import { newTask } from './testdata/tasks.js';

const trace = { traceparent: `00-${'b'.repeat(32)}-${'c'.repeat(16)}-01` };
const failure = new DispatchError('AD_PROVIDER_DENIED', 'the words of a cloud');

let spans: RecordedSpans;
let host: Host;
beforeEach(async () => {
  spans = new RecordedSpans();
  host = await Host.start({ ports: { tracer: spans } });
});
afterEach(() => host.stop());

describe('the spans of a task', () => {
  it('are one for each call of its driver, and one for all of it, under what was stored with it', async () => {
    const taskId = await host.submit({ trace });
    const { createdAt, endedAt } = await host.until(taskId, 'succeeded');
    await host.eventually(() => spans.all.at(-1)?.end !== undefined);
    expect(spans.told).toEqual([
      ['agentdispatch.provision', 'ready', undefined],
      ['agentdispatch.start', 'succeeded', undefined],
      ['invoke_agent', 'succeeded', undefined],
      ['agentdispatch.cleanup', 'released', undefined],
    ]);
    expect(spans.all.map(({ kind, parent }) => [kind, parent])).toEqual([
      ['client', trace],
      ['client', trace],
      ['consumer', trace],
      ['client', trace],
    ]);
    const { request, route } = newTask();
    expect(spans.all[1]?.attributes).toEqual({
      'agentdispatch.task.id': taskId,
      'agentdispatch.task.type': request.taskType,
      'agentdispatch.provider': route.provider,
      'agentdispatch.driver': route.driver,
      'agentdispatch.account': route.account,
      'agentdispatch.target.mode': request.target.mode,
      'agentdispatch.protocol': request.target.protocol,
      'agentdispatch.attempt': 1,
    });
    const whole = spans.all[2];
    expect([whole?.at, whole?.end?.at]).toEqual([createdAt, endedAt]);
    expect(whole?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': route.provider,
    });
  });

  it('leave what a driver is given as it was stored: it outlives the call', async () => {
    await host.until(await host.submit({ trace }), 'succeeded');
    expect(host.driver.calls.map(({ context }) => context.trace)).toEqual(host.driver.calls.map(() => trace));
  });

  it('tell a failure by its code, never by its words', async () => {
    host.driver.starting = () =>
      events({ type: 'ended', outcome: 'failed', error: { code: 'AD_X', message: 'words' } });
    host.driver.cleaning = async () => {
      throw failure;
    };
    const taskId = await host.submit();
    await host.until(taskId, 'failed');
    await host.eventually(() => spans.all.at(-1)?.end !== undefined);
    expect(spans.told).toEqual([
      ['agentdispatch.provision', 'ready', undefined],
      ['agentdispatch.start', 'failed', 'AD_PROVIDER_INTERNAL'],
      ['invoke_agent', 'failed', 'AD_PROVIDER_INTERNAL'],
      ['agentdispatch.cleanup', 'failed', 'AD_PROVIDER_DENIED'],
    ]);
    expect(JSON.stringify(spans.all)).not.toContain('words');
  });

  it.each([
    ['nothing', null],
    ['an end of an unknown kind', { type: 'ended', outcome: 'words', error: { message: 'words' } }],
  ])('say nothing that a driver made up: %s', async (_, event) => {
    host.driver.starting = () => events(event);
    const taskId = await host.submit();
    await host.until(taskId, 'failed');
    expect(spans.told[1]).toEqual(['agentdispatch.start', 'interrupted', undefined]);
    expect((await host.record(taskId)).outcome?.error?.code).toBe('AD_PLUGIN_CONTRACT');
    expect(JSON.stringify(spans.all)).not.toContain('words');
  });

  it('tell a call that was broken off as that, and the cancel for which it was', async () => {
    host.driver.starting = new Feed().follow;
    const taskId = await host.submit();
    await host.until(taskId, 'starting');
    await host.cancel(taskId);
    await host.until(taskId, 'cancelled');
    expect(spans.told.slice(1, 4)).toEqual([
      ['agentdispatch.start', 'aborted', undefined],
      ['agentdispatch.cancel', 'stopped', undefined],
      ['invoke_agent', 'cancelled', undefined],
    ]);
  });

  it('of a driver that throws are over when it is called again', async () => {
    host.driver.provisioning = () => {
      host.driver.provisioning = () => events();
      throw new DispatchError('AD_PROVIDER_THROTTLED', 'later');
    };
    const taskId = await host.submit({ request: { retry: { maxAttempts: 2 } } });
    await host.until(taskId, 'queued');
    await host.clock.advance(60_000);
    await host.until(taskId, 'succeeded');
    expect(spans.told.slice(0, 1)).toEqual([['agentdispatch.provision', 'failed', 'AD_PROVIDER_THROTTLED']]);
    const starts = spans.all.filter(({ name }) => name === 'agentdispatch.start');
    expect(starts.map(({ attributes }) => attributes['agentdispatch.attempt'])).toEqual([2]);
  });

  it('have one for the whole of it, from its acceptance, whichever process saw its end', async () => {
    host.driver.starting = new Feed().follow;
    const taskId = await host.submit({ trace });
    await host.until(taskId, 'starting');
    await host.stop();
    expect(spans.told).toEqual([
      ['agentdispatch.provision', 'ready', undefined],
      ['agentdispatch.start', 'aborted', undefined],
    ]);
    host.driver.resuming = () => events({ type: 'attached' }, { type: 'ended', outcome: 'succeeded' });
    await host.clock.advance(5_000);
    host = await host.successor();
    const { createdAt } = await host.until(taskId, 'succeeded');
    const later = spans.all.slice(2, 4);
    expect(later.map(({ name, parent, at }) => [name, parent, at])).toEqual([
      ['agentdispatch.resume', trace, undefined],
      ['invoke_agent', trace, createdAt],
    ]);
  });

  it('do nothing to the events: each is asked for in the span of its call', async () => {
    host.driver.starting = () =>
      events({ type: 'log', stream: 'stdout', text: 'a' }, { type: 'ended', outcome: 'succeeded' });
    const taskId = await host.submit();
    await host.until(taskId, 'succeeded');
    expect(await host.logText(taskId)).toBe('a');
    // Where the iterator is made, for each event, and for its end.
    expect(spans.all[1]?.runs).toBe(4);
  });
});
