// The span of a task's acceptance: what the caller sent stands above it, what the task is given below.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RecordedSpans } from '../engine/testdata/recorded-spans.js';
import { Feed } from '../engine/testdata/scripted-driver.js';
import { DispatchError } from '../errors/index.js';
import { Desk } from './testdata/control-plane.js';

const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };

let spans: RecordedSpans;
let desk: Desk;
beforeEach(async () => {
  spans = new RecordedSpans();
  desk = await Desk.open({ ports: { tracer: spans } });
  desk.host.driver.starting = new Feed().follow;
});
afterEach(() => desk.controlPlane.close());

const accepted = (): RecordedSpans['all'] => spans.all.filter(({ name }) => name === 'agentdispatch.accept');

async function spawned(input: object = {}): Promise<string> {
  const outcome = await desk.controlPlane.spawn({ instruction: 'a secret plan', ...input }, { caller: { trace } });
  return String((outcome as { task_id: unknown }).task_id);
}

describe('a task that is accepted', () => {
  it('is stored under the span of its acceptance, which hangs under what the caller sent', async () => {
    const taskId = await spawned();
    const [span] = accepted();
    expect(span).toMatchObject({
      kind: 'producer',
      parent: trace,
      attributes: { 'agentdispatch.runtime': 'helper', 'agentdispatch.provider': 'scripted' },
      end: { attributes: { 'agentdispatch.task.id': taskId, 'agentdispatch.outcome': 'accepted' } },
    });
    expect((await desk.host.record(taskId)).trace).toEqual(span?.context);
    await desk.host.until(taskId, 'starting');
    expect(desk.host.driver.last('start').context.trace).toEqual(span?.context);
    expect(JSON.stringify(spans.all)).not.toContain('secret plan');
  });

  it('is under that too when its inputs are taken first', async () => {
    const taskId = await spawned({ inputs: [{ path: 'a.txt', text: 'x' }] });
    expect((await desk.host.record(taskId)).trace).toEqual(accepted()[0]?.context);
  });

  it('begins a trace where the caller sent none', async () => {
    const { task_id: taskId } = await desk.spawn();
    expect(accepted()[0]?.parent).toBeUndefined();
    expect((await desk.host.record(taskId)).trace).toEqual(accepted()[0]?.context);
  });

  it('by an earlier call stays under the span of that', async () => {
    const [first, again] = [await spawned({ idempotency_key: 'k' }), await spawned({ idempotency_key: 'k' })];
    expect(again).toBe(first);
    expect((await desk.host.record(first)).trace).toEqual(accepted()[0]?.context);
    expect(accepted()[1]?.end).toEqual({
      attributes: { 'agentdispatch.task.id': first, 'agentdispatch.outcome': 'repeated' },
    });
  });
});

describe('a task that cannot be stored', () => {
  it('leaves a span with the code of why, and no id', async () => {
    desk.host.store.create = async () => {
      throw new DispatchError('AD_STORE_UNAVAILABLE', 'the disk is full');
    };
    await expect(spawned()).rejects.toMatchObject({ code: 'AD_STORE_UNAVAILABLE' });
    expect(accepted()).toMatchObject([{ end: { error: 'AD_STORE_UNAVAILABLE' } }]);
    expect(accepted()[0]?.attributes).not.toHaveProperty('agentdispatch.task.id');
  });
});
