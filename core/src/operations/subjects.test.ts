// Two subjects on one installation: every operation answers each as if the other had no tasks.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OPERATIONS, type CallOptions, type ControlPlane, type Operation } from '../control-plane.js';
import { isDispatchError } from '../errors/index.js';
import { events, Feed } from '../engine/testdata/scripted-driver.js';
import { Desk } from './testdata/control-plane.js';

const ALICE: CallOptions = { caller: { subject: 'alice' } };
const BOB: CallOptions = { caller: { subject: 'bob' } };
const NEVER = 'task_01jd0000000000000000000000';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.controlPlane.close());

const running = { instruction: 'work', group: 'night', labels: { team: 'blue' }, idempotency_key: 'k' };

/** A running and an ended task of alice, of which a subject that may see them can learn everything. */
async function alicesTasks(): Promise<{ open: string; ended: string }> {
  desk.host.driver.starting = () =>
    events(
      { type: 'log', stream: 'stdout', text: 'x\n' },
      { type: 'ended', outcome: 'succeeded', result: { text: 'r' } },
    );
  const ended = await spawnAs(ALICE, { instruction: 'work', group: 'night' });
  await desk.host.until(ended, 'succeeded');
  desk.host.driver.starting = new Feed().follow;
  const open = await spawnAs(ALICE, running);
  await desk.host.until(open, 'starting');
  return { open, ended };
}

async function spawnAs(options: CallOptions, input: Parameters<ControlPlane['spawn']>[0]): Promise<string> {
  const outcome = await desk.controlPlane.spawn(input, options);
  if ('task_id' in outcome && typeof outcome.task_id === 'string') return outcome.task_id;
  throw new Error(JSON.stringify(outcome));
}

const exact = {
  provider: 'scripted',
  account_profile: 'dev',
  capability: 'agent-runtime',
  task_type: 'agent.run',
  target: { mode: 'runtime', protocol: 'stdio' },
} as const;

/** Every way in which an operation can be asked about a task. */
const ASKED: Record<Operation, ((plane: ControlPlane, task_id: string, options: CallOptions) => Promise<unknown>)[]> = {
  spawn: [
    (plane, parent, options) => plane.spawn({ instruction: 'x', parent }, options),
    (plane, continue_from, options) => plane.spawn({ instruction: 'x', continue_from }, options),
  ],
  dispatch: [
    (plane, parent, options) => plane.dispatch({ ...exact, input: { instruction: 'x' }, parent }, options),
    (plane, continue_from, options) =>
      plane.dispatch({ ...exact, input: { instruction: 'x' }, continue_from }, options),
  ],
  explain: [(plane, parent, options) => plane.explain({ instruction: 'x', parent }, options)],
  get: [(plane, task_id, options) => plane.get({ task_id }, options)],
  list: [
    (plane, parent, options) => plane.list({ parent }, options),
    (plane, _, options) => plane.list({ group: 'night' }, options),
    (plane, _, options) => plane.list({ label: { team: 'blue' } }, options),
    (plane, _, options) => plane.list({ status: ['open', 'ended'], limit: 1 }, options),
  ],
  logs: [
    (plane, task_id, options) => plane.logs({ task_id }, options),
    (plane, task_id, options) => plane.logs({ task_id, tail: 5 }, options),
    (plane, task_id, options) => plane.logs({ task_id, cursor: 'x' }, options),
  ],
  result: [
    (plane, task_id, options) => plane.result({ task_id }, options),
    (plane, task_id, options) => plane.result({ task_id, artifact: 'a.txt' }, options),
  ],
  wait: [
    (plane, task_id, options) => plane.wait({ task_ids: [task_id], timeout_seconds: 0 }, options),
    (plane, task_id, options) => plane.wait({ task_ids: [task_id], cursor: 'x' }, options),
  ],
  watch: [
    (plane, task_id, options) => plane.watch({ tasks: [{ task_id }] }, options),
    (plane, task_id, options) => plane.watch({ tasks: [{ task_id, seen: 'running.1.0' }] }, options),
  ],
  send: [
    (plane, task_id, options) => plane.send({ task_id, message: 'hi', message_id: 'm' }, options),
    (plane, task_id, options) => plane.send({ task_id, message: 'hi', message_id: 'm', request_id: 'q' }, options),
  ],
  cancel: [(plane, task_id, options) => plane.cancel({ task_id, reason: 'why' }, options)],
  runtimes: [(plane, _, options) => plane.runtimes({}, options)],
  check: [(plane, _, options) => plane.check({}, options)],
  gc: [(plane, _, options) => plane.gc({}, options), (plane, _, options) => plane.gc({ apply: true }, options)],
};

/** All that an answer tells, without the id that was asked for. */
async function told(answer: Promise<unknown>, taskId: string): Promise<string> {
  const value = await answer.catch((error: unknown) => {
    if (isDispatchError(error)) return { refused: error.toJSON() };
    throw error;
  });
  return JSON.stringify(value).replaceAll(taskId, '<id>');
}

describe.each(OPERATIONS)('%s', (operation) => {
  it.each(['open', 'ended'] as const)("answers about another's %s task as about one that never was", async (state) => {
    const { [state]: taskId } = await alicesTasks();
    const before = await desk.host.record(taskId);
    for (const ask of ASKED[operation]) {
      const about = await told(ask(desk.controlPlane, taskId, BOB), taskId);
      expect(about).toBe(await told(ask(desk.controlPlane, NEVER, BOB), NEVER));
      expect(about).not.toMatch(/task_0/);
    }
    expect(await desk.host.record(taskId)).toEqual(before);
    expect((await desk.host.store.get(taskId))?.inbox).toBe(0);
  });
});

describe('a subject', () => {
  it('sees and steers its own tasks', async () => {
    const { open, ended } = await alicesTasks();
    const { controlPlane } = desk;
    expect(await controlPlane.get({ task_id: open }, ALICE)).toMatchObject({ task_id: open });
    const listed = (await controlPlane.list({}, ALICE)).tasks.map(({ task_id }) => task_id);
    expect(listed.sort()).toEqual([ended, open].sort());
    expect(await controlPlane.result({ task_id: ended }, ALICE)).toMatchObject({ result: 'r' });
    expect((await controlPlane.logs({ task_id: ended }, ALICE)).entries).toHaveLength(1);
    expect(await controlPlane.wait({ task_ids: [ended] }, ALICE)).toMatchObject({ done: [{ task_id: ended }] });
    expect(await controlPlane.send({ task_id: open, message: 'hi' }, ALICE)).toMatchObject({ task_id: open });
    const cancelled = controlPlane.cancel({ task_id: open }, ALICE);
    await desk.host.until(open, 'cancelled');
    expect(await cancelled).toMatchObject({ task_id: open });
  });

  it('keeps its tasks through their life, and the local user sees those of all', async () => {
    const { open, ended } = await alicesTasks();
    const bobs = await spawnAs(BOB, { instruction: 'work' });
    const own = await spawnAs({}, { instruction: 'work' });
    expect((await desk.host.record(ended)).subject).toBe('alice');
    expect(await desk.host.record(own)).not.toHaveProperty('subject');
    const seen = (await desk.controlPlane.list({})).tasks.map(({ task_id }) => task_id);
    expect(seen.sort()).toEqual([open, ended, bobs, own].sort());
    expect(await desk.controlPlane.get({ task_id: open })).toMatchObject({ task_id: open });
  });

  it('sees no task of the local user', async () => {
    desk.host.driver.starting = new Feed().follow;
    const task_id = await spawnAs({}, { instruction: 'work' });
    await expect(desk.controlPlane.get({ task_id }, BOB)).rejects.toMatchObject({ code: 'AD_TASK_NOT_FOUND' });
    expect((await desk.controlPlane.list({}, BOB)).tasks).toEqual([]);
  });

  it('has idempotency keys of its own, whatever it calls them', async () => {
    const { open } = await alicesTasks();
    expect(await spawnAs(ALICE, running)).toBe(open);
    const bobs = await spawnAs(BOB, { ...running, instruction: 'another text' });
    const local = await spawnAs({}, { ...running, instruction: 'a third' });
    const meant = await spawnAs({}, { ...running, instruction: 'a fourth', idempotency_key: 'subject:alice:key:k' });
    expect(new Set([open, bobs, local, meant]).size).toBe(4);
  });

  it("shares no client's call ids with another", async () => {
    const call = { client: { name: 'claude-code' }, callId: 'c1' };
    const alices = await spawnAs({ caller: { ...ALICE.caller, ...call } }, { instruction: 'one' });
    const bobs = await spawnAs({ caller: { ...BOB.caller, ...call } }, { instruction: 'two' });
    expect(alices).not.toBe(bobs);
    expect(await desk.host.record(alices)).toMatchObject({
      subject: 'alice',
      callId: 'c1',
      request: { client: call.client },
    });
  });

  it("pages through a list without a hint of others' tasks between", async () => {
    const alices: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      alices.push(await spawnAs(ALICE, { instruction: 'a' }));
      await spawnAs(BOB, { instruction: 'b' });
    }
    const found: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await desk.controlPlane.list({ limit: 2, ...(cursor !== undefined && { cursor }) }, ALICE);
      found.push(...page.tasks.map(({ task_id }) => task_id));
      cursor = page.next_cursor;
      more = cursor !== undefined;
    }
    expect(found.sort()).toEqual(alices.sort());
  });

  it.each([
    ['a file', { file: '/etc/passwd' }],
    ['a file: URI', { uri: 'file:///etc/passwd' }],
    ['a directory', { directory: '/etc' }],
    ['a local repository', { git: { repository: '/srv/repository' } }],
  ])('cannot give %s of this machine to an agent', async (_what, source) => {
    const input = {
      instruction: 'x',
      inputs: [
        { path: 'in', text: 'fine' },
        { path: 'it', ...source },
      ],
    };
    await expect(desk.controlPlane.spawn(input, ALICE)).rejects.toMatchObject({
      code: 'AD_POLICY_LOCAL_ONLY',
      problems: [{ pointer: '/inputs/1' }],
    });
    expect((await desk.controlPlane.list({})).tasks).toEqual([]);
  });

  it('is bound by rules of the policy that name it', async () => {
    desk.operations.config.config.policy = { rules: [{ effect: 'deny', subjects: ['b*'], providers: ['scripted'] }] };
    await expect(desk.controlPlane.spawn({ instruction: 'x' }, BOB)).rejects.toMatchObject({
      code: 'AD_POLICY_DENIED',
      message: expect.stringContaining('for bob'),
    });
    await spawnAs(ALICE, { instruction: 'x' });
    await spawnAs({}, { instruction: 'x' });
  });

  it('may give text', async () => {
    const task_id = await spawnAs(ALICE, { instruction: 'x', inputs: [{ path: 'in', text: 'fine' }] });
    expect((await desk.host.record(task_id)).subject).toBe('alice');
  });

  it.each(['', 'a:b', 'ä', '../x', 7, null])(
    'cannot be %j: that is nobody, and least of all the local user',
    async (name) => {
      const options = { caller: { subject: name as string } };
      await expect(desk.controlPlane.list({}, options)).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
      await expect(desk.controlPlane.spawn({ instruction: 'x' }, options)).rejects.toMatchObject({
        code: 'AD_INPUT_INVALID',
      });
    },
  );
});
