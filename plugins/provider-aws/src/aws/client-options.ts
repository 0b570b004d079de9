// What all AWS clients of one account share, and how long each kind of call may take.
import type { AwsAccount, Environment } from '../account/account.js';
import { credentialsOf } from '../account/credentials.js';
import { kept } from '../account/kept.js';
import type { CredentialProvider } from '../account/provided.js';
import { CredentialFailure } from './errors.js';
import { probedAgents } from './probed-connections.js';

export interface ClientOptions {
  region: string;
  credentials: CredentialProvider;
  /** Whose settings in the shared AWS configuration files count; given always, so that AWS_PROFILE never does. */
  profile: string;
}

export function clientOptions(account: AwsAccount, environment: Environment): ClientOptions {
  const provide = credentialsOf(account, environment);
  const { credentials, region } = account;
  return {
    region,
    profile: 'profile' in credentials ? credentials.profile : 'default',
    credentials: kept((options) =>
      provide(options).catch((cause: unknown) => {
        throw new CredentialFailure(cause);
      }),
    ),
  };
}

/** For an address given in place of the public one. */
export const endpointOption = (endpoint: string | undefined): { endpoint?: string } =>
  endpoint === undefined ? {} : { endpoint };

export const CONNECT_MS = 10_000;

/** Calls that may be repeated: short, tried three times, on connections of their own. */
export const REPEATABLE = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: 15_000, throwOnRequestTimeout: true },
} as const;

/**
 * Calls that begin work: one attempt, however many at a time, each on a fresh connection, because a kept one that the
 * service has closed meanwhile fails like a lost answer. The wait for headers is limited by each call, the body not at all.
 */
export const working = () => ({
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: CONNECT_MS,
    throwOnRequestTimeout: true,
    socketTimeout: 0,
    ...probedAgents(),
  },
});
