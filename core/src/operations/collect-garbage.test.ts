import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { validate, type CollectGarbageOutput, type Resource } from '@agent-dispatch/schemas';
import { MAX_CLEANUP_TRIES } from '../engine/timing.js';
import { DispatchError } from '../errors/index.js';
import { Feed } from '../engine/testdata/scripted-driver.js';
import { Desk } from './testdata/control-plane.js';

const OTHER = 'another-installation';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.controlPlane.close());

const box = (id: string): Resource => ({ id, kind: 'box', scope: 'attempt' });

/** What the account holds now: ids, each with whom it belongs to. */
function inTheAccount(things: Record<string, string>): void {
  desk.host.driver.sweep = async function* () {
    for (const [id, installationId] of Object.entries(things)) {
      yield { handle: { version: 1, data: { id }, resources: [box(id)] }, installationId, createdAt: 0 };
    }
  };
}

async function gc(input: Parameters<Desk['controlPlane']['gc']>[0] = {}): Promise<CollectGarbageOutput> {
  const answer = await desk.controlPlane.gc(input);
  expect(validate('CollectGarbageOutput', answer)).toEqual([]);
  return answer;
}

const told = ({ findings }: CollectGarbageOutput): unknown[] =>
  findings.map(({ resource_id, state, action }) => [resource_id, state, action]);
const removed = (): string[] =>
  desk.host.driver.calls
    .filter(({ verb }) => verb === 'cleanup')
    .flatMap(({ handle }) => handle.resources.map(({ id }) => id));

/** A task that never ends by itself, with its resource. */
async function running(): Promise<string> {
  desk.host.driver.starting = new Feed().follow;
  const { task_id } = await desk.spawn();
  await desk.host.until(task_id, 'starting');
  return task_id;
}

describe('gc', () => {
  it('finds nothing where nothing is', async () => {
    expect(await gc()).toMatchObject({ applied: false, findings: [], not_looked_at: [] });
  });

  it('shows what is ours and which task holds it, and what no task holds', async () => {
    const taskId = await running();
    const ours = desk.host.store.installationId;
    inTheAccount({ [`${taskId}.1`]: ours, 'left-over': ours });
    const answer = await gc();
    expect(told(answer)).toEqual([
      [`${taskId}.1`, 'in_use', 'none'],
      ['left-over', 'leaked', 'none'],
    ]);
    expect(answer.findings[0]).toMatchObject({
      task_id: taskId,
      installation_id: ours,
      created_at: '1970-01-01T00:00:00.000Z',
    });
    expect(removed()).toEqual([]);
  });

  it('removes what no task holds, and that alone, when it is to be applied', async () => {
    const taskId = await running();
    const ours = desk.host.store.installationId;
    inTheAccount({ [`${taskId}.1`]: ours, 'left-over': ours, foreign: OTHER });
    expect(told(await gc({ apply: true }))).toEqual([
      [`${taskId}.1`, 'in_use', 'none'],
      ['left-over', 'leaked', 'removed'],
    ]);
    expect(removed()).toEqual(['left-over']);
    expect((await desk.host.record(taskId)).status).toBe('starting');
  });

  it('knows what a task holds that was made with another account profile to the same place, or with one that is gone', async () => {
    const taskId = await running();
    const elsewhere = await desk.host.submit({ route: { account: 'gone' } });
    await desk.host.until(elsewhere, 'starting');
    desk.operations.config.config.accounts = { other: { provider: 'scripted' }, dev: { provider: 'scripted' } };
    const ours = desk.host.store.installationId;
    desk.host.driver.sweep = async function* () {
      for (const held of [taskId, elsewhere]) {
        const handle = { version: 1, data: {}, resources: [box(`${held}.1`)] };
        yield { handle, installationId: ours, taskId: held };
      }
    };
    const findings = told(await gc({ apply: true }));
    expect(findings).toHaveLength(4);
    for (const finding of findings) expect(finding).toEqual([expect.any(String), 'in_use', 'none']);
    expect(removed()).toEqual([]);
  });

  it('shows what belongs to others only when asked, and removes it only when they are named', async () => {
    inTheAccount({ foreign: OTHER });
    expect(told(await gc({ apply: true }))).toEqual([]);
    expect(told(await gc({ apply: true, owner: 'any' }))).toEqual([['foreign', 'foreign', 'none']]);
    expect(told(await gc({ owner: OTHER }))).toEqual([['foreign', 'foreign', 'none']]);
    expect(removed()).toEqual([]);
    expect(told(await gc({ apply: true, owner: OTHER }))).toEqual([['foreign', 'foreign', 'removed']]);
    expect(removed()).toEqual(['foreign']);
  });

  it('has a release that was given up tried again by its task', async () => {
    const { cleaning } = desk.host.driver;
    desk.host.driver.cleaning = async () => [];
    const taskId = await desk.ended();
    for (let tries = 0; tries < MAX_CLEANUP_TRIES; tries += 1) {
      const { nextAt } = (await desk.host.record(taskId)).cleanup;
      if (nextAt !== undefined) await desk.host.clock.advance(nextAt - desk.host.clock.now());
    }
    expect(await desk.host.record(taskId)).toMatchObject({ cleanup: { state: 'abandoned' } });
    // The driver's list does not show it: the ledger remembers.
    expect(told(await gc())).toEqual([[`${taskId}.1`, 'abandoned', 'none']]);
    desk.host.driver.cleaning = cleaning;
    expect(told(await gc({ apply: true }))).toEqual([[`${taskId}.1`, 'abandoned', 'requested']]);
    await desk.host.eventually(async () => (await desk.host.record(taskId)).cleanup.state === 'done');
    expect((await desk.host.record(taskId)).status).toBe('succeeded');
  }, 60_000);

  it('says what failed, and what could not be looked at', async () => {
    inTheAccount({ stubborn: desk.host.store.installationId });
    desk.host.driver.cleaning = async () => {
      throw new DispatchError('AD_PROVIDER_DENIED', 'not allowed to remove it');
    };
    expect((await gc({ apply: true })).findings).toMatchObject([
      { resource_id: 'stubborn', action: 'failed', error: { code: 'AD_PROVIDER_DENIED' } },
    ]);
    desk.host.driver.sweep = () => {
      throw new DispatchError('AD_PROVIDER_DENIED', 'not allowed to list');
    };
    expect(await gc()).toMatchObject({
      findings: [],
      not_looked_at: [{ account_profile: 'dev', driver: 'actor', reason: 'not allowed to list' }],
    });
  });

  it('refuses what it does not know', async () => {
    await expect(desk.controlPlane.gc({ force: true } as never)).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });
});
