// What a driver is given when it is asked something that belongs to no task: check and sweep.
import type { Driver, SweepContext } from '../provider/index.js';
import type { Operations } from './operation.js';

/** One driver with one account. */
export interface Ground {
  account: string;
  provider: string;
  driver: string;
  /** The driver's code. Errors: AD_PLUGIN_*. */
  load(): Promise<Driver>;
}

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
