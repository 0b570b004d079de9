// Contract: failures come with codes that tell whose they are, and no secret comes with them.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDispatchError } from '../../errors/index.js';
import type { DriverEvent } from '../../provider/index.js';
import type { Attempt } from './attempt.js';
import type { Following } from './following.js';
import { assertExecutions } from './counts.js';
import type { Offer } from './ground.js';
import type { GroundCase } from './test-case.js';

/** A stream that has not failed by then goes on. */
const FOLLOWS_ON_MS = 2000;

export function errorCases(test: GroundCase, offer: Offer): void {
  test("details that cannot be used are refused with a code, as the caller's fault, before any effect", async (ground) => {
    const { request, code } = ground.world.requests.unusable;
    const taskId = 'task_refused';
    const error = await ground.attempt(request, { taskId }).then(undefined, (thrown: unknown) => thrown);
    assert(isDispatchError(error), `plan threw no coded error: ${String(error)}`);
    assert.deepEqual([error.code, error.fault, error.retryable], [code, 'caller', false]);
    assert.deepEqual(await ground.alive(), []);
    await assertExecutions(ground, { taskId }, 0);
  });

  test('a failure that nobody foresaw is not retryable, and no success', async (ground) => {
    if (ground.world.breakDown === undefined) return;
    const attempt = await ground.attempt(ground.world.requests.succeeds.request);
    await ground.world.breakDown();
    const outcome = await outcomeOf(attempt);
    if ('thrown' in outcome) {
      assert(!isDispatchError(outcome.thrown) || !outcome.thrown.retryable, `retryable: ${String(outcome.thrown)}`);
    } else if (outcome.last?.type === 'ended') {
      assert.notEqual(outcome.last.outcome, 'succeeded');
      assert.notEqual(outcome.last.error?.retryable, true);
    }
  });

  test('a failure that nobody foresaw while work runs does not end the work', async (ground) => {
    if (ground.world.breakDown === undefined) return;
    const { attempt, following } = await ground.working(ground.world.requests.runs);
    await ground.world.breakDown();
    const told = await failureOf(following);
    // A world may break down with all that runs in it.
    if (told === undefined || (await ground.world.running(attempt.taskId)) === 0) return;
    assert.fail(`the work runs on, and start says for certain that it is over: ${told}`);
  });

  test('no credential and no secret comes out, whatever happens', async (ground) => {
    const { world } = ground;
    const secrets = { KIT_SECRET: 'kit-s3cr3t-value-that-must-not-come-out' };
    const asker = offer.accepts?.includes('secrets') === true ? { secrets } : {};
    for (const { request } of [world.requests.succeeds, world.requests.fails]) {
      const attempt = await ground.attempt(request, asker);
      await attempt.run();
      await attempt.cancel();
      await attempt.cleanup();
    }
    await ground.attempt(world.requests.unusable.request, asker).catch((error: unknown) => ground.hear(error));
    const { attempt, following } = await ground.working(world.requests.runs, asker);
    await following.abort();
    await attempt.cancel();
    const broken = await ground.attempt(world.requests.succeeds.request, asker);
    await world.breakDown?.();
    await outcomeOf(broken);
    for (const value of [...Object.values(secrets), ...(world.credentials ?? [])]) {
      assert(!ground.allHeard.includes(value), `the driver told ${value}`);
    }
  });

  if (offer.accepts?.includes('secrets') !== true) return;

  test('a secret reaches the work, and nobody else', async (ground) => {
    const { takesSecret } = ground.world.requests;
    assert(takesSecret, 'the case needs takesSecret');
    const { request, name, value } = takesSecret;
    const attempt = await ground.attempt(request, { secrets: { [name]: value } });
    const last = (await attempt.run()).at(-1);
    assert(last?.type === 'ended' && last.outcome === 'succeeded', `the work did not get it: ${JSON.stringify(last)}`);
    assert(!ground.allHeard.includes(value), 'the driver told the secret');
  });
}

/** What a following says for certain of the end of its work, in words; undefined when it says nothing or goes on. */
async function failureOf(following: Following): Promise<string | undefined> {
  const over = following.rest().then(
    (events) => (events.at(-1)?.type === 'ended' ? JSON.stringify(events.at(-1)) : undefined),
    (thrown: unknown) =>
      isDispatchError(thrown) && thrown.details?.['ambiguous'] !== true
        ? `${thrown.code} without details.ambiguous`
        : undefined,
  );
  return await Promise.race([over, delay(FOLLOWS_ON_MS, undefined, { ref: false })]);
}

/** What comes of an attempt whose world is broken. */
async function outcomeOf(attempt: Attempt): Promise<{ thrown: unknown } | { last: DriverEvent | undefined }> {
  try {
    return { last: (await attempt.run()).at(-1) };
  } catch (thrown) {
    attempt.ground.hear(thrown);
    return { thrown };
  }
}
