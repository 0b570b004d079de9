// What a driver is given when it is asked something that belongs to no task: check and sweep.
import type { SweepContext } from '../provider/index.js';
import type { Operations } from './operation.js';

export interface Asked {
  account: string;
  provider: string;
  driver: string;
  signal: AbortSignal;
}

/** No secrets: nothing is begun. */
export function contextFor(
  { store, accounts, clock, logger, redactor, directory, pace }: Operations,
  { account, provider, driver, signal }: Asked,
): SweepContext {
  return {
    installationId: store.installationId,
    account: accounts.profile(account),
    directory: directory(provider),
    signal,
    clock,
    logger,
    redactor: redactor([]),
    environment: accounts.environment(account),
    secrets: {},
    pace: () => pace({ account, provider, driver }, signal),
  };
}
