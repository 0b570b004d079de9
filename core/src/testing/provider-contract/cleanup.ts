// Contract: whatever way an attempt ended, cleanup proves that nothing of it is left, and touches nothing else.
import assert from 'node:assert/strict';
import type { CleanupProof } from '@agent-dispatch/schemas';
import type { Attempt } from './attempt.js';
import { STRANGER, cancelled } from './cancel.js';
import { assertRunning } from './counts.js';
import type { Ground } from './ground.js';
import type { GroundCase } from './test-case.js';
import { eventually } from './waiting.js';

/** From the least to the most. */
const PROOFS: readonly CleanupProof['proof'][] = ['unverifiable', 'accepted', 'verified'];

interface Ending {
  title: string;
  reach: (ground: Ground) => Promise<Attempt>;
}

const ENDINGS: readonly Ending[] = [
  { title: 'an attempt that was only planned', reach: (ground) => ground.attempt(ground.world.requests.runs) },
  { title: 'an attempt that was only provisioned', reach: (ground) => ground.provisioned(ground.world.requests.runs) },
  {
    title: 'work that ended well',
    reach: async (ground) => ran(await ground.attempt(ground.world.requests.succeeds.request)),
  },
  {
    title: 'work that failed',
    reach: async (ground) => ran(await ground.attempt(ground.world.requests.fails.request)),
  },
  {
    title: 'work that was cancelled',
    async reach(ground) {
      const { attempt, following } = await ground.working(ground.world.requests.runs);
      await following.abort();
      await cancelled(ground, attempt);
      return attempt;
    },
  },
  {
    title: 'work that runs on and is lost',
    async reach(ground) {
      const { attempt, following } = await ground.working(ground.world.requests.runs);
      await following.abort();
      await attempt.restart();
      return attempt;
    },
  },
];

export function cleanupCases(test: GroundCase): void {
  for (const { title, reach } of ENDINGS) {
    test(`cleanup after ${title} proves each resource gone, and nothing is left`, async (ground) => {
      const borrowed = await ground.world.borrowed?.();
      const attempt = await reach(ground);
      await proven(ground, attempt);
      assert.deepEqual(await ground.alive(), []);
      assert.deepEqual(await ground.world.borrowed?.(), borrowed);
    });
  }

  test('cleanup of what is absent already, from another process, is success', async (ground) => {
    const attempt = await ground.attempt(ground.world.requests.succeeds.request);
    await attempt.run();
    await proven(ground, attempt);
    await attempt.restart();
    await proven(ground, attempt);
    assert.deepEqual(await ground.alive(), []);
  });

  test('cleanup of nothing proves nothing and does nothing', async (ground) => {
    const { attempt } = await ground.working(ground.world.requests.runs);
    assert.deepEqual(await attempt.cleanup([]), []);
    await assertRunning(ground, attempt, 1, 'a cleanup of no resource');
  });

  test('cleanup of one attempt leaves what others hold', async (ground) => {
    const attempt = await ground.provisioned(ground.world.requests.runs);
    const { taskId } = attempt;
    await ground.provisioned(ground.world.requests.runs, { taskId, attempt: 2 });
    await ground.provisioned(ground.world.requests.runs);
    const stranger = await ground.provisioned(ground.world.requests.runs, { taskId, ...STRANGER });
    const before = await ground.alive();
    await proven(ground, attempt);
    const after = await ground.alive();
    assert.equal(before.length - after.length, before.length / 4);
    await proven(ground, stranger);
  });
}

async function ran(attempt: Attempt): Promise<Attempt> {
  await attempt.run();
  return attempt;
}

/** One proof for each resource, none better than declared. */
async function proven(ground: Ground, attempt: Attempt): Promise<void> {
  const ids = attempt.owned.map(({ id }) => id).sort();
  let proofs: CleanupProof[] = [];
  await eventually('every resource has a proof', async () => {
    proofs = await attempt.cleanup();
    return proofs.length >= ids.length;
  });
  assert.deepEqual(proofs.map(({ id }) => id).sort(), ids);
  const best = ground.declared.features.cleanupProof;
  for (const { proof, expiresAt } of proofs) {
    assert(PROOFS.indexOf(proof) <= PROOFS.indexOf(best), `the proof is ${proof}, the manifest declares ${best}`);
    if (proof === 'unverifiable') assert(expiresAt !== undefined, 'an unverifiable proof must tell expiresAt');
  }
  // What is only accepted may take a while; what is verified is gone.
  if (proofs.some(({ proof }) => proof !== 'verified')) {
    await eventually('what was released is gone', async () => (await ground.world.running(attempt.taskId)) === 0);
  }
}
