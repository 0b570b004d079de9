// Makes sure that the credentials reach the account that the profile expects, and the one in which an agent runtime was made
// already: before they are used for work, and before what is not found counts as gone.
import type { DriverContext, Handle } from '@agent-dispatch/core/provider';
import { type AwsAccount, renewalOf } from '../account/account.js';
import type { Identity } from '../aws/caller-identity.js';
import type { AwsCalls } from './aws-calls.js';
import { dataOf, RUNTIME_KIND } from './handle.js';
import { accountIdOf } from './target.js';

type Context = Pick<DriverContext, 'account' | 'environment' | 'signal'>;

export function readIdentity(calls: AwsCalls, context: Context): Promise<Identity> {
  return calls.call(context, { action: 'sts:GetCallerIdentity' }, ({ identity }) => identity.get(context.signal));
}

/** What is wrong with the identity for this account; undefined when nothing is. */
export function accountMismatch({ name, expectedAccountId }: AwsAccount, { accountId }: Identity): string | undefined {
  if (expectedAccountId === undefined || expectedAccountId === accountId) return undefined;
  return `The credentials of account ${name} reach AWS account ${accountId}, not ${expectedAccountId} as expected.`;
}

/**
 * The account reached; undefined, and nothing asked, where neither profile nor handle say which one it has to be.
 * Errors: AD_PROVIDER_UNAUTHENTICATED.
 */
export async function verifyAccount(calls: AwsCalls, context: Context, handle?: Handle): Promise<string | undefined> {
  const { expectedAccountId } = calls.clients(context).account;
  const home = handle && homeOf(handle);
  return expectedAccountId === undefined && home === undefined ? undefined : reach(calls, context, home);
}

/** The account reached, asked for always: for what is made there. Errors: AD_PROVIDER_UNAUTHENTICATED. */
export const reachedAccount = (calls: AwsCalls, context: Context, handle: Handle): Promise<string> =>
  reach(calls, context, homeOf(handle));

async function reach(calls: AwsCalls, context: Context, home: string | undefined): Promise<string> {
  const { account } = calls.clients(context);
  const identity = await readIdentity(calls, context);
  const { accountId } = identity;
  const mismatch = accountMismatch(account, identity);
  if (mismatch !== undefined) {
    const hint = `Correct expectedAccountId, or the credentials: ${renewalOf(account)}`;
    throw calls.errors.create('AD_PROVIDER_UNAUTHENTICATED', mismatch, { hint });
  }
  if (home === undefined || home === accountId) return accountId;
  const message = `The credentials of account ${account.name} reach AWS account ${accountId}, and the agent runtime is in ${home}.`;
  const hint = `Let account ${account.name} reach AWS account ${home} again: ${renewalOf(account)}`;
  throw calls.errors.create('AD_PROVIDER_UNAUTHENTICATED', message, { hint });
}

/** Where an agent runtime of ours is, or may be; undefined: there is none, or nobody noted it. */
function homeOf(handle: Handle): string | undefined {
  if (!handle.resources.some(({ kind }) => kind === RUNTIME_KIND)) return undefined;
  const { runtimeArn, made } = dataOf(handle);
  return runtimeArn === undefined ? made?.accountId : accountIdOf(runtimeArn);
}
