// Makes sure that the credentials reach the account that the profile expects, before they are used for work and before what
// is not found counts as gone.
import type { DriverContext } from '@agent-dispatch/core/provider';
import { type AwsAccount, renewalOf } from '../account/account.js';
import type { Identity } from '../aws/caller-identity.js';
import type { AwsCalls } from './aws-calls.js';

type Context = Pick<DriverContext, 'account' | 'environment' | 'signal'>;

export function readIdentity(calls: AwsCalls, context: Context): Promise<Identity> {
  return calls.call(context, { action: 'sts:GetCallerIdentity' }, ({ identity }) => identity.get(context.signal));
}

/** What is wrong with the identity for this account; undefined when nothing is. */
export function accountMismatch({ name, expectedAccountId }: AwsAccount, { accountId }: Identity): string | undefined {
  if (expectedAccountId === undefined || expectedAccountId === accountId) return undefined;
  return `The credentials of account ${name} reach AWS account ${accountId}, not ${expectedAccountId} as expected.`;
}

/** The account reached; undefined, and nothing asked, where the profile expects no certain one. Errors: AD_PROVIDER_UNAUTHENTICATED. */
export async function verifyAccount(calls: AwsCalls, context: Context): Promise<string | undefined> {
  const { account } = calls.clients(context);
  if (account.expectedAccountId === undefined) return undefined;
  const mismatch = accountMismatch(account, await readIdentity(calls, context));
  if (mismatch === undefined) return account.expectedAccountId;
  const hint = `Correct expectedAccountId, or the credentials: ${renewalOf(account)}`;
  throw calls.errors.create('AD_PROVIDER_UNAUTHENTICATED', mismatch, { hint });
}
