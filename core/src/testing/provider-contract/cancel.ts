// Contract: cancel before, during and after every other verb, once or twice; and what comes late has no effect.
import assert from 'node:assert/strict';
import type { CancelLevel } from '../../provider/index.js';
import { type Attempt, endOf } from './attempt.js';
import { assertAtMostOneExecution, assertExecutions, assertRunning, STOPPED } from './counts.js';
import type { Ground, Offer } from './ground.js';
import type { GroundCase } from './test-case.js';
import { eventually } from './waiting.js';

/** From the least to the most. */
const LEVELS: readonly CancelLevel[] = ['unsupported', 'requested', 'stopped'];

export function cancelCases(test: GroundCase, offer: Offer): void {
  for (const [stage, prepare] of [
    ['before provision', (ground: Ground) => ground.attempt(ground.world.requests.runs)],
    ['before start', (ground: Ground) => ground.provisioned(ground.world.requests.runs)],
  ] as const) {
    test(`after a cancel ${stage} a late start has no effect that lasts`, async (ground) => {
      const attempt = await prepare(ground);
      await cancelled(ground, attempt);
      await assertExecutions(ground, attempt, 0);
      const late = attempt.follow('start');
      // Where starts settle late, the manifest says so, and the host cancels again.
      if (ground.settles) await late.next().catch(() => undefined);
      else await settlesOrBegins(ground, attempt, late);
      await late.abort();
      if (ground.settles) await cancelled(ground, attempt);
      else await assertExecutions(ground, attempt, 0, 'a late start');
      await assertRunning(ground, attempt, 0, 'a late start and a cancel');
    });
  }

  test('a cancel while provision is under way leaves nothing', async (ground) => {
    const attempt = await ground.attempt(ground.world.requests.runs);
    const following = attempt.follow('provision');
    await following.next();
    await following.abort();
    await cancelled(ground, attempt);
    await attempt.cleanup();
    assert.deepEqual(await ground.alive(), []);
  });

  test('a cancel at any event of the start stops the work, and no event tells of success', async (ground) => {
    for (let steps = 1; ; steps += 1) {
      const attempt = await ground.provisioned(ground.world.requests.runs);
      const following = attempt.follow('start');
      for (let taken = 0; taken < steps; taken += 1) {
        assert((await following.next()) !== undefined, 'the work ended before it was cancelled');
      }
      const isAtWork = following.events.some(ground.isSignOfWork);
      await following.abort();
      await cancelled(ground, attempt);
      assert(!attempt.events.some((event) => event.type === 'ended' && event.outcome === 'succeeded'));
      await assertAtMostOneExecution(ground, attempt);
      await attempt.cleanup();
      if (isAtWork) return;
    }
  });

  test('a cancel of work that has ended changes nothing', async (ground) => {
    const attempt = await ground.attempt(ground.world.requests.succeeds.request);
    await attempt.run();
    const alive = await ground.alive();
    await cancelled(ground, attempt);
    await assertExecutions(ground, attempt, 1);
    assert.deepEqual(
      (await ground.alive()).filter((thing) => !alive.includes(thing)),
      [],
    );
  });

  test('a second cancel, from another process, has no further effect', async (ground) => {
    const { attempt, following } = await ground.working(ground.world.requests.runs);
    await following.abort();
    const level = await cancelled(ground, attempt);
    await attempt.restart();
    assert(LEVELS.indexOf(await cancelled(ground, attempt)) >= LEVELS.indexOf(level), 'the second reached less');
    await assertExecutions(ground, attempt, 1);
  });

  test('a cancel of one attempt leaves others of the task, other tasks and other installations alone', async (ground) => {
    const { attempt, following } = await ground.working(ground.world.requests.runs);
    const others: Attempt[] = [];
    for (const asker of [{ taskId: attempt.taskId, attempt: 2 }, {}, { taskId: attempt.taskId, ...STRANGER }]) {
      others.push((await ground.working(ground.world.requests.runs, asker)).attempt);
    }
    const working = async (): Promise<number[]> =>
      Promise.all(others.map(async ({ taskId }) => ground.world.running(taskId)));
    await following.abort();
    await cancelled(ground, attempt, 2);
    assert.deepEqual(await working(), [2, 1, 2]);
    await attempt.cleanup();
    assert.deepEqual(await working(), [2, 1, 2]);
  });

  if (offer.resume !== true) return;

  test('resume after a cancel tells of no success, and ends', async (ground) => {
    const { attempt, following } = await ground.working(ground.world.requests.runs);
    await following.abort();
    await cancelled(ground, attempt);
    await attempt.restart();
    const last = (await attempt.follow('resume').rest()).at(-1);
    if (last?.type !== 'unknown' && last?.type !== 'not_started') assert.notEqual(endOf(last).outcome, 'succeeded');
  });
}

export const STRANGER = { installationId: 'another-installation' };

/** A late start that does begin the work would be followed for ever. */
async function settlesOrBegins(ground: Ground, attempt: Attempt, late: ReturnType<Attempt['follow']>): Promise<void> {
  let settled = false;
  void late
    .rest()
    .catch(() => undefined)
    .then(() => (settled = true));
  const begun = async (): Promise<boolean> => (await ground.world.executions(attempt.taskId)) > 0;
  await eventually('the late start settles', async () => settled || (await begun()));
}

/** @param others work of the same task that is to run on. */
export async function cancelled(ground: Ground, attempt: Attempt, others = 0): Promise<CancelLevel> {
  const level = await attempt.cancel();
  const best = ground.declared.features.cancel;
  assert(LEVELS.indexOf(level) <= LEVELS.indexOf(best), `cancel reached ${level}, the manifest declares ${best}`);
  if (level === 'stopped') await assertRunning(ground, attempt, others, STOPPED);
  if (level === 'requested') {
    await eventually('the work is stopped', async () => (await ground.world.running(attempt.taskId)) === others);
  }
  return level;
}
