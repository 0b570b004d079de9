// The promises of a provider as tests, for every combination that its manifest declares. Needs only a `test` function;
// asserts with node:assert.
import { cancelCases } from './cancel.js';
import type { ProviderContractOptions } from './cases.js';
import { cleanupCases } from './cleanup.js';
import { crashCases } from './crash.js';
import { errorCases } from './errors.js';
import { Ground, type Offer } from './ground.js';
import { limitCases } from './limits.js';
import { lookCases } from './look.js';
import { declaredCombinations, keyOf, manifestCases } from './manifest.js';
import { planCases } from './plan.js';
import { runCases } from './run.js';
import type { GroundCase } from './test-case.js';

export type { ProviderCase, ProviderContractOptions, ProviderWorld, WorldDeadline, WorldRequests } from './cases.js';

export function runProviderContract(options: ProviderContractOptions): void {
  manifestCases(options);
  for (const { driver, offer, combination } of declaredCombinations(options.manifest)) {
    const given = options.cases.find((one) => keyOf(one) === keyOf(combination));
    // Its absence is a failed test of `manifestCases`.
    if (given === undefined) continue;
    const groundCase: GroundCase = (title, run) =>
      options.test(`${keyOf(given)}: ${title}`, async () => {
        const ground = new Ground(given, driver, offer, await given.open(), options.createProvider);
        let failed = true;
        try {
          await run(ground);
          failed = false;
        } finally {
          await ground.close(failed);
        }
      });
    casesOf(groundCase, driver.features, offer);
  }
}

function casesOf(test: GroundCase, features: Ground['declared']['features'], offer: Offer): void {
  planCases(test);
  runCases(test, offer);
  crashCases(test, offer);
  cancelCases(test, offer);
  cleanupCases(test);
  limitCases(test, offer);
  errorCases(test, offer);
  lookCases(test, features);
}
