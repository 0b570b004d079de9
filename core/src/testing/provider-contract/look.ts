// Contract: check and sweep look, and change nothing. Left out where the manifest does not declare them.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { ProviderManifestDriver } from '@agent-dispatch/schemas';
import { isHandle } from '../../engine/driver-event.js';
import type { CheckFinding, SweptResource } from '../../provider/index.js';
import { STRANGER } from './cancel.js';
import { assertExecutions, assertRunning } from './counts.js';
import { crossed } from './crossing.js';
import { type Ground, INSTALLATION } from './ground.js';
import type { GroundCase } from './test-case.js';
import { eventually } from './waiting.js';

export function lookCases(test: GroundCase, { check, sweep }: ProviderManifestDriver['features']): void {
  if (check === true) checkCases(test);
  if (sweep === true) sweepCases(test);
}

function checkCases(test: GroundCase): void {
  test('check finds a usable target usable, and begins nothing', async (ground) => {
    const findings = await checked(ground);
    assert(findings.length > 0, 'check found nothing to say');
    assert.deepEqual(
      findings.filter(({ status }) => status === 'fail'),
      [],
    );
    assert.deepEqual(await ground.alive(), []);
    await assertExecutions(ground, { taskId: '' }, 0, 'a check');
  });

  test('check of a target that cannot be reached fails, with what to do', async (ground) => {
    if (ground.world.breakDown === undefined) return;
    await ground.world.breakDown();
    const findings = await checked(ground).catch((error: unknown) => {
      ground.hear(error);
      return undefined;
    });
    // What is thrown becomes a finding that fails.
    if (findings === undefined) return;
    assert(
      findings.some(({ status }) => status !== 'pass'),
      'every finding passes',
    );
  });
}

async function checked(ground: Ground): Promise<CheckFinding[]> {
  const driver = await ground.freshDriver();
  assert(driver.check, 'the manifest declares check');
  const request = { ...ground.world.requests.succeeds.request, input: {} };
  const findings = crossed(
    await driver.check(request, ground.context(request, { taskId: '', attempt: 0 })),
    'findings',
  );
  ground.hear(findings);
  for (const { name, status, message, fix } of findings) {
    assert(name !== '' && message !== '' && ['pass', 'warn', 'fail'].includes(status));
    if (status !== 'pass') assert(fix, `${name} says ${status} and not what to do`);
  }
  return findings;
}

function sweepCases(test: GroundCase): void {
  test('sweep finds nothing where nothing is', async (ground) => {
    assert.deepEqual(await swept(ground), []);
  });

  test('sweep tells ours from what another installation holds, changes nothing, and what it finds can be removed', async (ground) => {
    const { attempt: ours, following } = await ground.working(ground.world.requests.runs);
    const stranger = (await ground.working(ground.world.requests.runs, STRANGER)).attempt;
    const alive = await ground.alive();
    await following.abort();
    const isListed = ours.owned.length > 0 && ground.world.unlisted !== true;
    const found = isListed ? await sweptUntil(ground, hasOurs) : await swept(ground);
    assert.deepEqual(await ground.alive(), alive);
    if (!isListed) return assert.deepEqual(found, []);
    const of = (id: string): SweptResource[] => found.filter(({ installationId }) => installationId === id);
    assert.equal(of(INSTALLATION).length + of(STRANGER.installationId).length, found.length);
    // Another installation's things are shown where they can be seen at all.
    assert(of(STRANGER.installationId).every(({ taskId }) => taskId === stranger.taskId));
    assert.deepEqual(new Set(of(INSTALLATION).map(({ taskId }) => taskId)), new Set([ours.taskId]));
    await removeFound(ground, of(INSTALLATION));
    await assertRunning(ground, ours, 0, 'a cleanup of what sweep found');
    await assertRunning(ground, stranger, 1, "a cleanup of another installation's work");
    const left = await sweptUntil(ground, (again) => !hasOurs(again));
    assert(!hasOurs(left), `what was removed is found again: ${JSON.stringify(left)}`);
    for (const one of of(STRANGER.installationId)) {
      const isFound = left.some((other) => isDeepStrictEqual(other, one));
      assert(isFound, `what another installation holds is not found again: ${JSON.stringify(one)}`);
    }
  });
}

const hasOurs = (found: readonly SweptResource[]): boolean =>
  found.some(({ installationId }) => installationId === INSTALLATION);

/** Where effects settle late, a list may tell of them late: it is looked at again. */
async function sweptUntil(
  ground: Ground,
  isTold: (found: readonly SweptResource[]) => boolean,
): Promise<SweptResource[]> {
  let found = await swept(ground);
  if (!ground.settles) return found;
  await eventually('sweep tells what is there', async () => isTold(found) || isTold((found = await swept(ground))));
  return found;
}

async function swept(ground: Ground): Promise<SweptResource[]> {
  const driver = await ground.freshDriver();
  assert(driver.sweep, 'the manifest declares sweep');
  const { taskId, attempt, deadline, request, ...context } = ground.context(ground.world.requests.succeeds.request);
  const found: SweptResource[] = [];
  for await (const one of driver.sweep(context)) {
    found.push(crossed(one, 'what sweep found'));
    ground.hear(one);
    assert(isHandle(one.handle) && one.handle.resources.length > 0, 'what sweep found has no handle that names it');
  }
  return found;
}

/** As garbage collection does: without a task. */
async function removeFound(ground: Ground, found: readonly SweptResource[]): Promise<void> {
  const driver = await ground.freshDriver();
  for (const { handle, taskId = '' } of found) {
    const context = ground.context(ground.world.requests.succeeds.request, { taskId, attempt: 0 });
    const proofs = await driver.cleanup(handle.resources, handle, context);
    assert.equal(proofs.length, handle.resources.length, `no proof for all of ${JSON.stringify(handle.resources)}`);
  }
}
