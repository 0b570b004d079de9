// Contract: a process that dies at any verb boundary, after any event or within a call, and another that goes on from what
// was stored. The world counts at most one execution.
import assert from 'node:assert/strict';
import type { DriverEvent } from '../../provider/index.js';
import type { Attempt } from './attempt.js';
import { assertAtMostOneExecution, assertExecutions, assertRunning, assertSucceeded, STOPPED } from './counts.js';
import type { Ground, Offer } from './ground.js';
import type { GroundCase } from './test-case.js';
import { eventually } from './waiting.js';

export function crashCases(test: GroundCase, offer: Offer): void {
  const recovered = offer.resume === true ? 'is found again and goes on' : 'can be released';

  test('a crash after plan leaves nothing, and the attempt goes on', async (ground) => {
    const attempt = await ground.attempt(ground.world.requests.succeeds.request);
    await attempt.restart();
    await succeeds(ground, attempt, (await attempt.run()).at(-1));
  });

  test('after a crash at any event of provision the attempt goes on with the same resources', async (ground) => {
    const { request } = ground.world.requests.succeeds;
    for (let steps = 1; ; steps += 1) {
      const attempt = await ground.attempt(request);
      if (!(await takes(attempt.follow('provision'), steps))) return;
      await attempt.restart();
      await succeeds(ground, attempt, (await attempt.run()).at(-1));
      await attempt.cleanup();
      assert.deepEqual(await ground.alive(), []);
    }
  });

  test('after a crash between the intent and the start the work is begun at most once', async (ground) => {
    const attempt = await ground.provisioned(ground.world.requests.succeeds.request);
    await attempt.restart();
    await afterCrash(ground, attempt, 'starting');
  });

  test(`work whose start was under way at a crash ${recovered}, begun at most once`, async (ground) => {
    const attempt = await ground.provisioned(ground.world.requests.succeeds.request);
    attempt.follow('start').drop();
    await attempt.restart();
    await afterCrash(ground, attempt, 'starting');
  });

  test(`work ${recovered} after a crash at any of its events, begun once`, async (ground) => {
    const { request } = ground.world.requests.succeeds;
    for (let steps = 1; ; steps += 1) {
      const attempt = await ground.provisioned(request);
      const following = attempt.follow('start');
      if (!(await takes(following, steps))) return;
      await attempt.restart();
      // An end that was stored needs no one to go on.
      if (following.events.at(-1)?.type === 'ended') continue;
      const stage = following.events.every(({ type }) => type === 'handle') ? 'starting' : 'running';
      await afterCrash(ground, attempt, stage);
      // A start that has told no more than names may have begun nothing.
      if (stage === 'running') await assertExecutions(ground, attempt, 1);
    }
  });

  test('what a start began before a crash is stopped with the handle as it was planned', async (ground) => {
    const attempt = await ground.attempt(ground.world.requests.runs);
    const planned = attempt.handle;
    await attempt.provision();
    // Handles may have to be stored before anything is sent.
    void attempt
      .follow('start')
      .rest()
      .catch(() => undefined);
    await eventually('the work was begun', async () => (await ground.world.executions(attempt.taskId)) === 1);
    await attempt.restart();
    const level = await attempt.cancel(planned);
    if (level === 'stopped') await assertRunning(ground, attempt, 0, STOPPED);
    await released(ground, attempt);
  });

  test('a cancel that was under way at a crash is repeated', async (ground) => {
    const { attempt, following } = await ground.working(ground.world.requests.runs);
    await following.abort();
    const lost = attempt.cancel().catch(() => undefined);
    await attempt.restart();
    const level = await attempt.cancel();
    if (level === 'stopped') await assertRunning(ground, attempt, 0, STOPPED);
    await lost;
    await released(ground, attempt);
  });

  test('a cleanup that was under way at a crash is repeated', async (ground) => {
    const attempt = await ground.attempt(ground.world.requests.succeeds.request);
    await attempt.run();
    const lost = attempt.cleanup().catch(() => undefined);
    await attempt.restart();
    // What is thrown counts as not yet.
    const proofs = async (): Promise<number> =>
      attempt.cleanup().then(
        ({ length }) => length,
        () => 0,
      );
    await eventually('every resource has a proof', async () => (await proofs()) >= attempt.owned.length);
    await lost;
    assert.deepEqual(await ground.alive(), []);
  });
}

/** @returns false when the stream has no event of this number. */
async function takes(following: ReturnType<Attempt['follow']>, count: number): Promise<boolean> {
  for (let taken = 0; taken < count; taken += 1) if ((await following.next()) === undefined) return false;
  return true;
}

async function afterCrash(ground: Ground, attempt: Attempt, stage: 'starting' | 'running'): Promise<void> {
  const last = await attempt.recover(stage);
  if (last !== undefined) return await succeeds(ground, attempt, last);
  // Nobody can tell: the task is lost. What it holds is released all the same.
  await assertAtMostOneExecution(ground, attempt);
  await released(ground, attempt);
}

async function succeeds(ground: Ground, attempt: Attempt, last: DriverEvent | undefined): Promise<void> {
  assertSucceeded(last);
  if (ground.declared.features.logs === 'live') assert.equal(attempt.output, ground.world.requests.succeeds.output);
  await assertExecutions(ground, attempt, 1);
}

/** Until the settle time is over a start may still land: cleanup is repeated then, as the engine does. */
async function released(ground: Ground, attempt: Attempt): Promise<void> {
  if (!ground.settles) {
    await attempt.cleanup();
    return assert.deepEqual(await ground.alive(), []);
  }
  await eventually('nothing is left', async () => {
    await attempt.cancel();
    await attempt.cleanup();
    return (await ground.alive()).length === 0;
  });
}
