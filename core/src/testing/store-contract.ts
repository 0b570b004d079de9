// The promises of TaskStore as tests, for every store there is. Needs only a `test` function; asserts with node:assert.
import { commitCases } from './store-contract-commit.js';
import { contentCases } from './store-contract-content.js';
import { contentionCases, exclusionCases } from './store-contract-contention.js';
import { crashCases } from './store-contract-crash.js';
import { listCases } from './store-contract-list.js';
import { ownershipCases } from './store-contract-ownership.js';
import { raceCases } from './store-contract-races.js';
import { sessionCases, suspectCases } from './store-contract-session.js';
import { placeCases, type Case, type StoreContractOptions } from './store-place.js';

export type { MortalStore, StoreAbilities, StoreContractOptions, StorePlace } from './store-place.js';

export function runStoreContract(options: StoreContractOptions): void {
  const { test, createPlace, abilities } = options;
  const contractCase: Case = (title, run) =>
    test(title, async () => {
      const place = await createPlace();
      try {
        const store = await place.open();
        await run(place, store);
        await store.close();
      } finally {
        await place.dispose();
      }
    });
  placeCases(options);
  commitCases(contractCase);
  raceCases(contractCase);
  ownershipCases(contractCase);
  sessionCases(contractCase);
  contentCases(contractCase);
  listCases(contractCase);
  if (abilities.concurrentSessions) contentionCases(contractCase);
  else exclusionCases(contractCase);
  if (abilities.suspect) suspectCases(contractCase);
  if (abilities.crash) crashCases(options);
}
