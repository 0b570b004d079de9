// The driver `agentcore`: each attempt is a session of its own on an agent runtime that exists already. The session begins
// with the first request over the channel and ends by a stop; the host's protocol driver speaks in between.
import type { ChannelDriver, DriverWithCheck, DriverWithHandoff, ErrorFactory } from '@agent-dispatch/core/provider';
import { readAccount } from '../account/account.js';
import type { AccountClientCache } from '../aws/account-clients.js';
import { AwsCalls } from './aws-calls.js';
import { openChannel } from './channel.js';
import { checkTarget } from './check.js';
import { planHandle, SESSION_KIND } from './handle.js';
import { handoffOf } from './handoff.js';
import { stopSession } from './stop-session.js';
import { readTarget } from './target.js';
import { verifyAccount } from './verify-account.js';

export function createAgentcoreDriver(
  cache: AccountClientCache,
  errors: ErrorFactory,
): ChannelDriver & DriverWithCheck & DriverWithHandoff {
  const calls = new AwsCalls(cache, errors);
  return {
    plan: (request, context) => planHandle(readTarget(request, readAccount(context.account), errors), context),

    // The runtime is there already; only the account has to be the right one.
    async *provision(_handle, context) {
      const accountId = await verifyAccount(calls, context);
      if (accountId !== undefined) yield { type: 'progress', message: `AWS account ${accountId} is reached.` };
    },

    channel: (handle, context) => openChannel(calls, handle, context),

    async cancel(handle, context) {
      return (await stopSession(calls, handle, context)) === 'absent' ? 'stopped' : 'requested';
    },

    async cleanup(resources, handle, context) {
      const sessions = resources.filter(({ kind }) => kind === SESSION_KIND);
      if (sessions.length === 0) return [];
      const proof = (await stopSession(calls, handle, context)) === 'absent' ? 'verified' : 'accepted';
      return sessions.map(({ id, expiresAt }) => ({ id, proof, ...(expiresAt !== undefined && { expiresAt }) }));
    },

    check: (request, context) => checkTarget(calls, request, context),

    handoff: (handle, { account, request }) => handoffOf(handle, readAccount(account), request.target.protocol),
  };
}
