// Contract: a verb that is told to stop settles, and a deadline ends in the cloud what nobody looks after any more.
import assert from 'node:assert/strict';
import { assertRunning, assertSucceeded } from './counts.js';
import type { Ground, Offer } from './ground.js';
import type { GroundCase } from './test-case.js';
import { eventually } from './waiting.js';

export function limitCases(test: GroundCase, offer: Offer): void {
  test('provision and start settle soon after their signal aborts', async (ground) => {
    const attempt = await ground.attempt(ground.world.requests.runs);
    await attempt.follow('provision').abort();
    await attempt.provision();
    const following = attempt.follow('start');
    await following.until(ground.isSignOfWork);
    const before = following.events.length;
    await following.abort();
    const late = following.events.slice(before);
    assert(!late.some((event) => event.type === 'ended' && event.outcome === 'succeeded'), 'an abort is no success');
  });

  test('a start that waits for its next event settles when its signal aborts', async (ground) => {
    const { following } = await ground.working(ground.world.requests.runs);
    following.drop();
    await following.abort();
  });

  if (offer.resume === true) {
    test('an abort stops the following, not the work', async (ground) => {
      const { attempt, following } = await ground.working(ground.world.requests.runs);
      await following.abort();
      await assertRunning(ground, attempt, 1, 'an aborted start');
      const again = attempt.follow('resume');
      assert.equal((await again.next())?.type, 'attached');
      await again.abort();
      await assertRunning(ground, attempt, 1, 'an aborted resume');
      await finished(ground, attempt);
    });
  }

  test('what nobody looks after ends by itself soon after the deadline', async (ground) => {
    const { world } = ground;
    const deadline = Date.now() + (world.deadline?.ms ?? 600_000);
    const { attempt, following } = await ground.working(world.requests.runs, { deadline });
    for (const { id, expiresAt } of attempt.owned) {
      if (expiresAt !== undefined) assert(expiresAt >= deadline, `${id} ends before the deadline`);
    }
    if (world.deadline === undefined) return;
    await following.abort();
    await attempt.restart();
    await world.deadline.pass(deadline);
    await eventually('the work has ended', async () => (await world.running(attempt.taskId)) === 0);
  });
}

async function finished(ground: Ground, attempt: Awaited<ReturnType<Ground['attempt']>>): Promise<void> {
  if (ground.world.finish === undefined) return;
  await ground.world.finish(attempt.taskId);
  assertSucceeded((await attempt.follow('resume').rest()).at(-1));
}
