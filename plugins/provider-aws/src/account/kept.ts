// Keeps what a credential source gave, for all clients of an account: one that asked later would use what the source holds by
// then, which may lead to another AWS account than the one that was verified.
import type { AwsCredentials, CredentialProvider } from './provided.js';

/** So long before they end, others are asked for. */
const ANEW_MS = 5 * 60_000;

/** Asks the source at the first use, and in the last minutes of what it gave. Errors: the source's; the next use asks again. */
export function kept(provide: CredentialProvider): CredentialProvider {
  let last: AwsCredentials | undefined;
  let asked: Promise<AwsCredentials> | undefined;
  const provideKept: CredentialProvider = async (options) => {
    if (last !== undefined && !endsSoon(last)) return last;
    asked ??= provide(options).finally(() => {
      asked = undefined;
    });
    last = await asked;
    return last;
  };
  // By this name the SDK's clients know that they need not each keep their own.
  return Object.assign(provideKept, { memoized: true });
}

const endsSoon = ({ expiration }: AwsCredentials): boolean =>
  expiration !== undefined && expiration.getTime() - Date.now() < ANEW_MS;
