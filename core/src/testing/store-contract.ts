// The promises of TaskStore as tests, for every store there is. Needs only a `test` function; asserts with node:assert.
import { commitCases } from './store-contract-commit.js';
import { contentCases } from './store-contract-content.js';
import { listCases } from './store-contract-list.js';
import { ownershipCases } from './store-contract-ownership.js';
import type { Case, StoreContractOptions } from './store-place.js';

export type { StoreContractOptions, StorePlace } from './store-place.js';

export function runStoreContract({ test, createPlace, concurrentSessions }: StoreContractOptions): void {
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
  commitCases(contractCase);
  ownershipCases(contractCase, concurrentSessions);
  contentCases(contractCase);
  listCases(contractCase);
}
