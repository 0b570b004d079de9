// The audit lines: who asked for what, and nothing of what was said.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Feed } from '../engine/testdata/scripted-driver.js';
import { Desk } from './testdata/control-plane.js';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
  desk.host.driver.starting = new Feed().follow;
});
afterEach(() => desk.controlPlane.close());

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const caller = {
  subject: 'alice',
  client: { name: 'claude-code', version: '2.1.330' },
  callId: 'claudecode:toolu_1',
  trace: { traceparent },
};
const who = { subject: 'alice', client: caller.client, callId: caller.callId, traceparent };

const measured = (text: string): object => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  bytes: Buffer.byteLength(text),
});

async function spawned(): Promise<string> {
  const outcome = await desk.controlPlane.spawn({ instruction: 'a thing of mine' }, { caller });
  return String((outcome as { task_id: unknown }).task_id);
}

describe('the audit', () => {
  it('tells of a task that was accepted, and of who asked, and how much', async () => {
    const taskId = await spawned();
    expect(desk.audit).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        operation: 'spawn',
        outcome: 'accepted',
        ...who,
        taskId,
        taskType: 'agent.run',
        runtime: 'helper',
        provider: 'scripted',
        driver: 'actor',
        account: 'dev',
        input: measured('{"instruction":"a thing of mine"}'),
      },
    ]);
  });

  it('measures an input that stands beside the record', async () => {
    const instruction = 'y'.repeat(20_000);
    await desk.controlPlane.spawn({ instruction });
    expect(desk.audit).toMatchObject([{ input: measured(JSON.stringify({ instruction })) }]);
  });

  it('tells a call that was repeated from a new task', async () => {
    await spawned();
    await spawned();
    expect(desk.audit).toMatchObject([{ outcome: 'accepted' }, { outcome: 'repeated' }]);
  });

  it('tells of messages and cancels by digest and size', async () => {
    const task_id = await spawned();
    await desk.host.until(task_id, 'starting');
    await desk.controlPlane.send({ task_id, message: 'hurry' }, { caller });
    const cancelled = desk.controlPlane.cancel({ task_id, reason: 'changed my mind' }, { caller });
    await desk.host.until(task_id, 'cancelled');
    await cancelled;
    expect(desk.audit.slice(1)).toEqual([
      {
        at: expect.any(String),
        operation: 'send',
        outcome: 'accepted',
        ...who,
        taskId: task_id,
        text: measured('hurry'),
      },
      {
        at: expect.any(String),
        operation: 'cancel',
        outcome: 'accepted',
        ...who,
        taskId: task_id,
        text: measured('changed my mind'),
      },
    ]);
    expect(JSON.stringify(desk.audit)).not.toMatch(/a thing of mine|hurry|changed/);
  });

  it('tells of what was refused, with the code alone', async () => {
    const { controlPlane } = desk;
    const secret = 'AKIAIOSFODNN7EXAMPLE and ghp_0123456789abcdefghijklmnopqrstuvwxyzAB';
    await expect(controlPlane.spawn({ instruction: secret }, { caller })).rejects.toThrow();
    await expect(controlPlane.cancel({ task_id: 'task_01jd0000000000000000000000' }, { caller })).rejects.toThrow();
    await expect(controlPlane.send({ task_id: secret, message: secret }, { caller })).rejects.toThrow();
    await expect(controlPlane.gc({ apply: true }, { caller })).rejects.toThrow();
    const at = expect.any(String);
    expect(desk.audit).toEqual([
      { at, operation: 'spawn', outcome: 'refused', ...who, error: 'AD_POLICY_CREDENTIALS' },
      {
        at,
        operation: 'cancel',
        outcome: 'refused',
        ...who,
        taskId: 'task_01jd0000000000000000000000',
        error: 'AD_TASK_NOT_FOUND',
      },
      { at, operation: 'send', outcome: 'refused', ...who, error: expect.stringMatching(/^AD_/) },
      { at, operation: 'gc', outcome: 'refused', ...who, error: 'AD_POLICY_LOCAL_ONLY' },
    ]);
  });

  it('tells of a garbage collection that removes, and of none that only looks', async () => {
    await desk.controlPlane.gc({});
    await desk.controlPlane.gc({ apply: true });
    expect(desk.audit).toEqual([
      { at: expect.any(String), operation: 'gc', outcome: 'accepted', found: 0, removed: 0 },
    ]);
  });

  it('keeps calls that changed nothing apart from what was done', async () => {
    const told: unknown[] = [];
    desk.operations.audit = {
      write: async (line, changed) => void told.push([(line as { outcome: unknown }).outcome, changed]),
    };
    await spawned();
    await spawned();
    await expect(desk.controlPlane.cancel({ task_id: 'task_nope' }, { caller })).rejects.toThrow();
    expect(told).toEqual([
      ['accepted', true],
      ['repeated', false],
      ['refused', false],
    ]);
  });

  it('that cannot be written takes no answer away, and no task', async () => {
    desk.operations.audit = { write: () => Promise.reject(new Error('the disk is full')) };
    const task_id = await spawned();
    expect(await desk.controlPlane.get({ task_id })).toMatchObject({ task_id });
    await expect(desk.controlPlane.spawn({ instruction: '', runtime: 'none' })).rejects.toMatchObject({
      code: 'AD_ROUTE_UNKNOWN_RUNTIME',
    });
  });

  it('does not tell of a task as refused because its end could not be waited for', async () => {
    const failing = new Error('the answer is lost');
    const progress = (): never => {
      throw failing;
    };
    await expect(desk.controlPlane.spawn({ instruction: 'x', wait_seconds: 5 }, { progress })).rejects.toBe(failing);
    expect(desk.audit).toMatchObject([{ operation: 'spawn', outcome: 'accepted' }]);
  });

  it('says nothing of calls that change nothing', async () => {
    const exact = {
      provider: 'scripted',
      account_profile: 'dev',
      capability: 'agent-runtime',
      task_type: 'agent.run',
    } as const;
    const target = { mode: 'runtime', protocol: 'stdio' } as const;
    await desk.controlPlane.dispatch({ ...exact, target, input: { instruction: 'x' }, explain: true });
    const { controlPlane } = desk;
    await controlPlane.list({}, { caller });
    await controlPlane.explain({ instruction: 'x' }, { caller });
    await controlPlane.spawn({}, { caller });
    expect(desk.audit).toEqual([]);
  });

  it('cuts and cleans what a client says of itself', async () => {
    const name = `Bearer ghp_0123456789abcdefghijklmnopqrstuvwxyzAB ${'n'.repeat(5000)}`;
    await desk.controlPlane.spawn({ instruction: 'x' }, { caller: { client: { name } } });
    const [line] = desk.audit as { client: { name: string } }[];
    expect(line?.client.name.length).toBeLessThan(300);
    expect(line?.client.name).not.toContain('ghp_0123');
  });
});
