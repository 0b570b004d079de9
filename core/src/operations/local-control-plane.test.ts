// The operations that hand over, show, list and stop tasks.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ListTasksInput } from '@agent-dispatch/schemas';
import { needsClarification } from '../control-plane.js';
import { events, Feed } from '../engine/testdata/scripted-driver.js';
import { eventCursor } from './cursors.js';
import { Desk, fitting } from './testdata/control-plane.js';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.controlPlane.close());

const block = (): void => {
  desk.host.driver.starting = new Feed().follow;
};

describe('spawn_cloud_agent', () => {
  it('answers with a durable task while its driver blocks in provision', async () => {
    desk.host.driver.provisioning = new Feed().follow;
    const view = await desk.spawn({ labels: { team: 'blue' }, group: 'night' });
    expect(view).toMatchObject({
      status: 'queued',
      terminal: false,
      runtime: 'helper',
      provider: 'scripted',
      driver: 'actor',
      account_profile: 'dev',
      capability: 'agent-runtime',
      task_type: 'agent.run',
      target_mode: 'runtime',
      protocol: 'stdio',
      labels: { team: 'blue' },
      group: 'night',
      cleanup: 'none',
      next: { tool: 'wait_task', arguments: { task_ids: [view.task_id] } },
    });
    expect((await desk.host.until(view.task_id, 'provisioning')).input).toMatchObject({
      inline: { instruction: 'do it' },
    });
  });

  it('with wait_seconds answers with the end when it comes in time', async () => {
    expect(await desk.spawn({ wait_seconds: 10 })).toMatchObject({ status: 'succeeded', terminal: true });
  });

  it('with wait_seconds answers with the running task when the end does not come', async () => {
    block();
    const answer = desk.spawn({ wait_seconds: 10 });
    await desk.host.clock.advance(10_000);
    expect(await answer).toMatchObject({ status: 'starting', terminal: false });
  });

  it('asks for an instruction and starts nothing', async () => {
    const outcome = await desk.controlPlane.spawn({});
    expect(needsClarification(outcome)).toBe(true);
    expect((await desk.controlPlane.list({})).tasks).toEqual([]);
  });

  it('stores a large instruction beside the record', async () => {
    block();
    const instruction = 'y'.repeat(10_000);
    const { task_id } = await desk.spawn({ instruction });
    const record = await desk.host.until(task_id, 'starting');
    expect(record.input).toMatchObject({ blob: 'input.json' });
    expect(desk.host.driver.last('start').context.request.input).toMatchObject({ instruction });
  });

  it('repeated with its idempotency key is the same task', async () => {
    const [first, again] = [await desk.spawn({ idempotency_key: 'k' }), await desk.spawn({ idempotency_key: 'k' })];
    expect(again.task_id).toBe(first.task_id);
    await expect(desk.controlPlane.spawn({ instruction: 'other', idempotency_key: 'k' })).rejects.toMatchObject({
      code: 'AD_INPUT_IDEMPOTENCY_CONFLICT',
    });
  });

  it.each(['parent', 'continue_from'])('refuses a %s that is not there', async (name) => {
    const input = { instruction: 'x', [name]: 'task_nope' };
    await expect(desk.controlPlane.spawn(input)).rejects.toMatchObject({
      problems: [expect.objectContaining({ pointer: `/${name}` })],
    });
    expect((await desk.controlPlane.list({})).tasks).toEqual([]);
  });
});

describe('dispatch_task', () => {
  const exact = {
    provider: 'scripted',
    account_profile: 'dev',
    capability: 'agent-runtime',
    task_type: 'agent.run',
    target: { mode: 'runtime', protocol: 'stdio' },
    input: { instruction: 'do it' },
  } as const;

  it('hands a task to exactly that target', async () => {
    const outcome = fitting('DispatchTaskOutput', await desk.controlPlane.dispatch(exact));
    expect(outcome).toMatchObject({ status: 'queued', provider: 'scripted', driver: 'actor' });
  });

  it('with explain tells the decision and starts nothing', async () => {
    const outcome = fitting('DispatchTaskOutput', await desk.controlPlane.dispatch({ ...exact, explain: true }));
    expect(outcome).toMatchObject({ status: 'explained', route: { provider: 'scripted', driver: 'actor' } });
    expect((await desk.controlPlane.list({})).tasks).toEqual([]);
  });
});

describe('get_task_status', () => {
  it('shows how an ended task ended', async () => {
    const error = { code: 'AD_TASK_FAILED', message: 'two tests fail' };
    desk.host.driver.starting = () =>
      events(
        { type: 'progress', message: 'half', fraction: 0.5 },
        { type: 'ended', outcome: 'failed', exitCode: 1, error },
      );
    const task_id = await desk.ended('failed');
    const view = fitting('GetTaskStatusOutput', await desk.controlPlane.get({ task_id }));
    expect(view).toMatchObject({
      status: 'failed',
      terminal: true,
      progress: { message: 'half', fraction: 0.5 },
      exit_code: 1,
      error,
      cleanup: 'done',
      next: { tool: 'get_task_logs' },
    });
    expect(view).not.toHaveProperty('poll_after_seconds');
  });

  it('counts elapsed time until the end, not beyond', async () => {
    block();
    const { task_id } = await desk.spawn();
    await desk.host.clock.advance(5000);
    expect(await desk.controlPlane.get({ task_id })).toMatchObject({ elapsed_ms: 5000 });
    await desk.host.cancel(task_id);
    await desk.host.until(task_id, 'cancelled');
    await desk.host.clock.advance(60_000);
    expect(await desk.controlPlane.get({ task_id })).toMatchObject({ elapsed_ms: 5000 });
  });

  it.each(['get', 'cancel', 'result', 'logs'] as const)('%s of a task that is not there is refused', async (name) => {
    await expect(desk.controlPlane[name]({ task_id: 'task_nope' })).rejects.toMatchObject({
      code: 'AD_TASK_NOT_FOUND',
      problems: [{ pointer: '/task_id' }],
    });
  });
});

describe('list_tasks', () => {
  const ids = async (input: ListTasksInput): Promise<string[]> =>
    fitting('ListTasksOutput', await desk.controlPlane.list(input)).tasks.map(({ task_id }) => task_id);

  it('shows the newest first, in pages', async () => {
    const spawned: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      spawned.unshift((await desk.spawn()).task_id);
      await desk.host.clock.advance(1000);
    }
    const first = await desk.controlPlane.list({ limit: 3 });
    expect(first.tasks.map(({ task_id }) => task_id)).toEqual(spawned.slice(0, 3));
    expect(await ids({ limit: 3, cursor: first.next_cursor ?? '' })).toEqual(spawned.slice(3));
  });

  it('finds by status, label, group, parent and time', async () => {
    const old = await desk.ended();
    await desk.host.clock.advance(60_000);
    const since = new Date(desk.host.clock.now()).toISOString();
    block();
    const { task_id } = await desk.spawn({ labels: { team: 'blue' }, group: 'night', parent: old });
    await desk.host.until(task_id, 'starting');
    const queries: ListTasksInput[] = [
      { status: ['open'] },
      { status: ['starting'] },
      { label: { team: 'blue' } },
      { group: 'night' },
      { parent: old },
      { since },
    ];
    for (const query of queries) expect([query, await ids(query)]).toEqual([query, [task_id]]);
    expect(await ids({ status: ['ended'] })).toEqual([old]);
    expect(await ids({ status: ['open', 'ended'] })).toEqual([task_id, old]);
    expect(await ids({ label: { team: 'red' } })).toEqual([]);
  });

  it.each([
    [{ status: ['open', 'asleep'] }, '/status/1'],
    [{ since: 'yesterday' }, '/since'],
  ])('refuses %j', async (input, pointer) => {
    await expect(desk.controlPlane.list(input)).rejects.toMatchObject({
      code: 'AD_INPUT_INVALID',
      problems: [expect.objectContaining({ pointer })],
    });
  });

  it('refuses a cursor that is none', async () => {
    await expect(desk.controlPlane.list({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'AD_INPUT_CURSOR' });
  });
});

describe('cancel_task', () => {
  it('stops a task, and repeated says the same', async () => {
    block();
    const { task_id } = await desk.spawn();
    await desk.host.until(task_id, 'starting');
    const first = fitting('CancelTaskOutput', await desk.controlPlane.cancel({ task_id, reason: 'not needed' }));
    expect(['cancelling', 'cancelled']).toContain(first.status);
    await desk.host.until(task_id, 'cancelled');
    expect(await desk.controlPlane.cancel({ task_id })).toMatchObject({ status: 'cancelled', cancel_level: 'stopped' });
    const requests = (await desk.host.events(task_id)).filter(({ type }) => type === 'cancel_requested');
    expect(requests).toMatchObject([{ reason: 'not needed' }]);
  });

  it('leaves an ended task as it ended', async () => {
    const task_id = await desk.ended();
    expect(await desk.controlPlane.cancel({ task_id })).toMatchObject({ status: 'succeeded', terminal: true });
    expect((await desk.host.store.get(task_id))?.inbox).toBe(0);
  });
});

describe('cancel_task of an ended task', () => {
  it('releases what it keeps, and leaves its end as it is', async () => {
    desk.host.driver.planning = () => ({
      version: 1,
      data: {},
      resources: [{ id: 'box', kind: 'box', scope: 'task', keepSeconds: 3600 }],
    });
    const task_id = await desk.ended();
    expect(await desk.controlPlane.get({ task_id })).toMatchObject({
      cleanup: 'kept',
      phase: expect.stringMatching(/^ended; keeps what it has until 20/),
    });
    await desk.controlPlane.cancel({ task_id });
    await desk.host.eventually(async () => (await desk.host.record(task_id)).cleanup.state === 'done');
    expect(await desk.controlPlane.get({ task_id })).toMatchObject({ status: 'succeeded', cleanup: 'done' });
  });
});

describe('cancel_task of an ended task that is being cleaned up', () => {
  it('releases what it keeps as well', async () => {
    const [now, kept] = [
      { id: 'now', kind: 'box', scope: 'attempt' },
      { id: 'kept', kind: 'box', scope: 'task', keepSeconds: 3600 },
    ];
    desk.host.driver.planning = () => ({ version: 1, data: {}, resources: [now, kept] });
    const { cleaning } = desk.host.driver;
    desk.host.driver.cleaning = async () => [];
    const task_id = await desk.ended();
    expect(await desk.controlPlane.get({ task_id })).toMatchObject({ cleanup: 'pending' });
    await desk.controlPlane.cancel({ task_id });
    desk.host.driver.cleaning = cleaning;
    await desk.host.clock.advance(60_000);
    expect(await desk.controlPlane.get({ task_id })).toMatchObject({ status: 'succeeded', cleanup: 'done' });
  });
});

describe('continue_from', () => {
  it('gives the driver the handle of the ended task, without what is released', async () => {
    const continue_from = await desk.ended();
    const { task_id } = await desk.spawn({ continue_from });
    await desk.host.until(task_id, 'succeeded');
    const { handle } = desk.host.driver.calls.find(({ taskId }) => taskId === continue_from) ?? {};
    expect(handle?.resources).toHaveLength(1);
    expect(desk.host.driver.last('start').context.continued).toEqual({
      taskId: continue_from,
      handle: { ...handle, resources: [] },
    });
  });

  it('refuses a task that has not ended, that never began, or that ran elsewhere', async () => {
    block();
    const { task_id: open } = await desk.spawn();
    await desk.host.until(open, 'starting');
    const refusal = { code: 'AD_INPUT_INVALID', problems: [{ pointer: '/continue_from' }] };
    await expect(desk.spawn({ continue_from: open })).rejects.toMatchObject(refusal);
    const elsewhere = await desk.host.submit({ route: { account: 'other' } });
    await desk.host.until(elsewhere, 'starting');
    await desk.host.cancel(elsewhere);
    await desk.host.until(elsewhere, 'cancelled');
    await expect(desk.spawn({ continue_from: elsewhere })).rejects.toMatchObject(refusal);
  });
});

describe('runtimes in pages', () => {
  it('are one list after the other, to the last provider', async () => {
    const whole = await desk.controlPlane.runtimes({});
    const first = fitting('ListRuntimesOutput', await desk.controlPlane.runtimes({ limit: 2 }));
    expect(first).toEqual({ ...whole, providers: [], next_cursor: expect.any(String) });
    const cursor = first.next_cursor ?? '';
    expect(await desk.controlPlane.runtimes({ cursor })).toEqual({ ...whole, runtimes: [], account_profiles: [] });
  });

  it('are refused with a cursor of something else', async () => {
    const { next_cursor: cursor = eventCursor({}) } = await desk.controlPlane.list({});
    await expect(desk.controlPlane.runtimes({ cursor })).rejects.toMatchObject({ code: 'AD_INPUT_CURSOR' });
  });
});

describe('runtimes', () => {
  it('are listed with what they are and whether they can be used', async () => {
    const listed = fitting('ListRuntimesOutput', await desk.controlPlane.runtimes({}));
    expect(listed.runtimes).toMatchObject([{ name: 'helper', default: true, usable: true, driver: 'actor' }]);
    expect((await desk.controlPlane.runtimes({ capability: 'job-runner' })).runtimes).toEqual([]);
  });

  it('are checked; one that is not there is refused with the names that are', async () => {
    const checked = fitting('CheckCloudAgentRuntimeOutput', await desk.controlPlane.check({ live: true }));
    expect(checked).toMatchObject({ runtime: 'helper', ok: true });
    expect(checked.checks.at(-1)).toMatchObject({ name: 'live', status: 'warn' });
    expect((await desk.controlPlane.check({})).checks.map(({ name }) => name)).not.toContain('live');
    await expect(desk.controlPlane.check({ runtime: 'nope' })).rejects.toMatchObject({
      code: 'AD_ROUTE_UNKNOWN_RUNTIME',
      problems: [{ pointer: '/runtime', message: 'configured: helper' }],
    });
  });
});
