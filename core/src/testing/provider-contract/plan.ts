// Contract: plan is pure. Names come from installation, task and attempt alone.
import assert from 'node:assert/strict';
import { assertExecutions } from './counts.js';
import { crossed } from './crossing.js';
import { INSTALLATION, type Ground } from './ground.js';
import type { GroundCase } from './test-case.js';

export function planCases(test: GroundCase): void {
  test('plan gives the same handle again, in every instance and at any time', async (ground) => {
    const { request } = ground.world.requests.succeeds;
    const context = ground.planContext(ground.context(request));
    const handles = [];
    const realNow = Date.now;
    try {
      for (const later of [0, 1_000_000]) {
        Date.now = () => realNow() + later;
        handles.push((await ground.freshDriver()).plan(request, context));
      }
    } finally {
      Date.now = realNow;
    }
    assert.deepEqual(handles[0], handles[1]);
  });

  test('plan leaves its request as it was, and the world empty', async (ground) => {
    const { request } = ground.world.requests.succeeds;
    const before = JSON.stringify(request);
    const attempt = await ground.attempt(request);
    assert.equal(JSON.stringify(request), before);
    assert.deepEqual(await ground.alive(), []);
    await assertExecutions(ground, attempt, 0);
  });

  test('what an attempt makes bears a name that no other task and no other attempt has', async (ground) => {
    const base = { installationId: INSTALLATION, taskId: 'task_one', attempt: 1 };
    const names = await ownNames(ground, base);
    for (const other of [{ taskId: 'task_two' }, { attempt: 2 }]) {
      const others = await ownNames(ground, { ...base, ...other });
      assert.equal(others.length, names.length);
      for (const name of names) assert(!others.includes(name), `${name} is planned for ${JSON.stringify(other)} too`);
    }
  });

  test('a handoff is the same each time, and crosses the boundary', async (ground) => {
    const { request } = ground.world.requests.succeeds;
    const context = { ...ground.planContext(ground.context(request)), request };
    const handoffs = [];
    for (const driver of [await ground.freshDriver(), await ground.freshDriver()]) {
      handoffs.push(crossed(driver.handoff?.(driver.plan(request, context), context) ?? null, 'the handoff'));
    }
    assert.deepEqual(handoffs[0], handoffs[1]);
  });
}

async function ownNames(ground: Ground, asker: Parameters<Ground['attempt']>[1]): Promise<string[]> {
  const { owned } = await ground.attempt(ground.world.requests.succeeds.request, asker);
  return owned.filter(({ scope }) => !scope.startsWith('shared:')).map(({ id }) => id);
}
