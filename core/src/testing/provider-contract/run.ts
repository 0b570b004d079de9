// Contract: work from its start to its end, and following it again from any place.
import assert from 'node:assert/strict';
import type { DriverEvent } from '../../provider/index.js';
import { endOf, outputOf } from './attempt.js';
import { assertExecutions, assertRunning, assertSucceeded } from './counts.js';
import type { Ground, Offer } from './ground.js';
import type { GroundCase } from './test-case.js';

export function runCases(test: GroundCase, offer: Offer): void {
  test('work that ends well tells all its output and then one end, begun once', async (ground) => {
    const { request, output } = ground.world.requests.succeeds;
    const attempt = await ground.attempt(request);
    const events = await attempt.run();
    assertSucceeded(events.at(-1));
    assert.equal(ends(events), 1);
    if (ground.declared.features.logs === 'live') assert.equal(attempt.output, output);
    await assertExecutions(ground, attempt, 1);
    await assertRunning(ground, attempt, 0, 'the end');
  });

  test('work that ends badly ends failed, with its code', async (ground) => {
    const { request, code } = ground.world.requests.fails;
    const attempt = await ground.attempt(request);
    const end = endOf((await attempt.run()).at(-1));
    assert.deepEqual([end.outcome, end.error?.code ?? 'AD_TASK_FAILED'], ['failed', code]);
    await assertExecutions(ground, attempt, 1);
  });

  test('provision can be repeated, and makes nothing more', async (ground) => {
    const attempt = await ground.provisioned(ground.world.requests.succeeds.request);
    const { handle } = attempt;
    const alive = await ground.alive();
    await attempt.restart();
    await attempt.provision();
    assert.deepEqual(await ground.alive(), alive);
    assert.deepEqual(attempt.handle.resources, handle.resources);
    assertSucceeded((await attempt.follow('start').rest()).at(-1));
  });

  if (offer.resume !== true) return;

  test('resume goes on from every cursor: nothing comes twice and nothing is left out', async (ground) => {
    const { request, output } = ground.world.requests.succeeds;
    const attempt = await ground.attempt(request);
    const events = await attempt.run();
    const end = endOf(events.at(-1));
    for (const [index, cursor] of [undefined, ...events.slice(0, -1).map((event) => event.cursor)].entries()) {
      if (index > 0 && cursor === undefined) continue;
      await attempt.restart();
      attempt.cursor = cursor;
      const told = await attempt.follow('resume').rest();
      assert.equal(outputOf(events.slice(0, index)) + outputOf(told), output, `after ${JSON.stringify(cursor)}`);
      assert.deepEqual({ ...endOf(told.at(-1)), cursor: undefined }, { ...end, cursor: undefined });
    }
    await assertExecutions(ground, attempt, 1);
  });

  test('resume follows work that runs, in another process, without beginning any', async (ground) => {
    const { attempt, following } = await ground.working(ground.world.requests.runs);
    following.drop();
    await attempt.restart();
    const again = attempt.follow('resume');
    assert.equal((await again.next())?.type, 'attached');
    await endWork(ground, attempt.taskId, () => again.rest());
    await assertExecutions(ground, attempt, 1);
  });

  test('resume of work that was never begun says so, or that nobody can tell', async (ground) => {
    const attempt = await ground.provisioned(ground.world.requests.succeeds.request);
    await attempt.restart();
    const [answer, ...more] = await attempt.follow('resume').rest();
    if (answer?.type === 'ended') assert.notEqual(answer.outcome, 'succeeded');
    else assert(answer?.type === 'not_started' || answer?.type === 'unknown', `it answered ${String(answer?.type)}`);
    assert.deepEqual(more, []);
    await assertExecutions(ground, attempt, 0);
  });
}

const ends = (events: readonly { type: string }[]): number => events.filter(({ type }) => type === 'ended').length;

/** Where the world can end it well, it does, and the end is heard of. */
async function endWork(ground: Ground, taskId: string, rest: () => Promise<DriverEvent[]>): Promise<void> {
  if (ground.world.finish === undefined) return;
  await ground.world.finish(taskId);
  assertSucceeded((await rest()).at(-1));
}
