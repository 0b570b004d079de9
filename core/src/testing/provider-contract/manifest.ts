// Contract: the manifest is valid and true, and the author's cases cover it. What the kit itself is given is tested first.
import assert from 'node:assert/strict';
import { validate, type ProviderManifest, type ProviderManifestDriver } from '@agent-dispatch/schemas';
import { driverProblems } from '../../plugins/check-drivers.js';
import { settingsProblems } from '../../plugins/settings.js';
import type { ProviderCase, ProviderContractOptions, ProviderWorld } from './cases.js';
import { HOST, type Offer } from './ground.js';

export type Combination = Omit<ProviderCase, 'open'>;

export interface DeclaredCombination {
  driver: ProviderManifestDriver;
  offer: Offer;
  combination: Combination;
}

/** Every task type with every target mode with every protocol of each offer. */
export function declaredCombinations({ drivers }: ProviderManifest): DeclaredCombination[] {
  return drivers.flatMap((driver) =>
    driver.offers.flatMap((offer) =>
      offer.taskTypes.flatMap((taskType) =>
        offer.targetModes.flatMap((targetMode) =>
          offer.protocols.map((protocol) => ({
            driver,
            offer,
            combination: {
              driver: driver.name,
              taskType,
              targetMode,
              protocol,
              ...(offer.where && { where: offer.where }),
            },
          })),
        ),
      ),
    ),
  );
}

export function manifestCases({ test, createProvider, manifest, cases }: ProviderContractOptions): void {
  test('the manifest is valid', async () => {
    assert.deepEqual(validate('ProviderManifest', manifest), []);
  });

  test('the provider has the drivers and verbs that the manifest declares, and no other', async () => {
    const provider = await createProvider(HOST);
    assert.deepEqual(driverProblems(manifest, provider), []);
    await provider.close?.();
  });

  test('a second instance of the provider shares nothing with the first', async () => {
    const [first, second] = [await createProvider(HOST), await createProvider(HOST)];
    for (const name of Object.keys(first.drivers)) {
      assert.notEqual(first.drivers[name], second.drivers[name], `both instances hold the same driver ${name}`);
    }
    await first.close?.();
    await second.close?.();
  });

  test('each combination that the manifest declares has one case, and no other combination has any', async () => {
    const keys = (combinations: readonly Combination[]): string[] => combinations.map(keyOf).sort();
    const declared = declaredCombinations(manifest).map(({ combination }) => combination);
    assert.deepEqual(keys(cases), keys(declared));
  });

  for (const { driver, offer, combination } of declaredCombinations(manifest)) {
    const given = cases.find((one) => keyOf(one) === keyOf(combination));
    if (given === undefined) continue;
    test(`${keyOf(combination)}: the case's requests are of its kind, and its world is empty`, async () => {
      const world = await given.open();
      try {
        await checkWorld(world, { driver, offer, combination });
      } finally {
        await world.dispose();
      }
    });
  }
}

async function checkWorld(
  { requests, alive, executions, running }: ProviderWorld,
  { driver, offer, combination: { taskType, targetMode, protocol, where = {} } }: DeclaredCombination,
): Promise<void> {
  const { succeeds, fails, runs, takesSecret } = requests;
  const valid = [succeeds.request, fails.request, runs, ...(takesSecret ? [takesSecret.request] : [])];
  for (const { target } of valid) {
    const schema = driver.targets[targetMode];
    assert(schema, `the manifest has no schema of the details of ${targetMode}`);
    assert.deepEqual(settingsProblems(schema, target.details ?? {}), []);
  }
  for (const request of [...valid, requests.unusable.request]) {
    const { target } = request;
    assert.deepEqual([request.taskType, target.mode, target.protocol], [taskType, targetMode, protocol]);
    for (const [name, value] of Object.entries(where))
      assert.equal(target.details?.[name], value, `the detail ${name}`);
  }
  if (offer.accepts?.includes('secrets')) assert(takesSecret, 'the offer accepts secrets: the case needs takesSecret');
  assert.deepEqual(await alive(), [], 'something of ours is in a fresh world');
  assert.equal(await executions('task_unknown'), 0);
  assert.equal(await running('task_unknown'), 0);
}

/** Of one combination. */
export const keyOf = ({ driver, taskType, targetMode, protocol, where = {} }: Combination): string =>
  [
    `${driver}, ${taskType} on a ${targetMode} over ${protocol}`,
    ...Object.entries(where).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
  ].join(', ');
