// Which environment variables of a front door may concern a configuration: names alone, so that the process that runs
// the tasks is given these and nothing else.
import type { Config } from '@agent-dispatch/schemas';
import { settingsOf, visibleVariables } from './accounts.js';
import type { KnownProvider } from './known-provider.js';

/** Variables of secret references, and those that the manifests let the configured account profiles see. */
export function wantedVariables(
  { accounts = {}, runtimes = {} }: Config,
  providers: readonly KnownProvider[],
): string[] {
  const ofSecrets = Object.values(runtimes).flatMap(({ secrets = {} }) =>
    Object.values(secrets).flatMap(({ source, name }) =>
      source === 'environment' && name !== undefined ? [name] : [],
    ),
  );
  const ofAccounts = Object.values(accounts).flatMap((account) => {
    const manifest = providers.find(
      ({ provider, manifest: known }) => provider === account.provider && known,
    )?.manifest;
    return manifest === undefined ? [] : visibleVariables(manifest.account, settingsOf(account));
  });
  return [...new Set([...ofSecrets, ...ofAccounts])];
}
