// The driver `agentcore`: each attempt is a session on an agent runtime, one that exists already or one made for it. The host's
// protocol driver speaks to the agent over the channel; commands are followed here.
import type {
  ChannelDriver,
  CleanupProof,
  DirectDriver,
  DriverContext,
  DriverWithCheck,
  DriverWithHandoff,
  DriverWithSweep,
  ErrorFactory,
  Handle,
  Resource,
} from '@agent-dispatch/core/provider';
import { readAccount } from '../account/account.js';
import type { AccountClientCache } from '../aws/account-clients.js';
import { AwsCalls } from './aws-calls.js';
import { openChannel } from './channel.js';
import { checkTarget } from './check.js';
import { runCommand } from './command/run-command.js';
import { dataOf, RUNTIME_KIND, SESSION_KIND } from './handle.js';
import { handoffOf } from './handoff.js';
import { planHandle } from './plan.js';
import { provisionAttempt } from './provision.js';
import { type Located, located } from './runtime/find.js';
import { removeRuntime } from './runtime/remove.js';
import { type StopOutcome, stopSession } from './stop-session.js';
import { findRuntimes } from './sweep.js';
import { verifyAccount } from './verify-account.js';

type AgentcoreDriver = ChannelDriver & DirectDriver & DriverWithCheck & DriverWithHandoff & DriverWithSweep;

export function createAgentcoreDriver(cache: AccountClientCache, errors: ErrorFactory): AgentcoreDriver {
  const calls = new AwsCalls(cache, errors);
  return {
    plan: (request, context) => planHandle(request, context, errors),

    provision: (handle, context) => provisionAttempt(calls, handle, context),

    channel: (handle, context) => openChannel(calls, handle, context),

    start: (handle, context) => runCommand(calls, handle, context),

    // Nobody calls it: the service tells nothing of a command whose stream is lost.
    async *resume() {
      yield { type: 'unknown', reason: 'The stream of a command cannot be found again.' };
    },

    async cancel(handle, context) {
      const { handle: known } = await reached(calls, handle, context);
      return CANCELLED[await stopSession(calls, known, context)];
    },

    cleanup: (resources, handle, context) => removeAll(calls, { resources, handle }, context),

    check: (request, context) => checkTarget(calls, request, context),

    async *sweep(context) {
      await verifyAccount(calls, context);
      yield* findRuntimes(calls, context);
    },

    handoff: (handle, { account, request }) => handoffOf(handle, readAccount(account), request),
  };
}

const CANCELLED = { absent: 'stopped', accepted: 'requested', impossible: 'unsupported' } as const;

/** In another account nothing of ours is found, which must not pass for proof that it is gone. */
async function reached(calls: AwsCalls, handle: Handle, context: DriverContext): Promise<Located> {
  const { made, takesToken } = dataOf(handle);
  // A token stops sessions without AWS credentials.
  if (made !== undefined || takesToken !== true) await verifyAccount(calls, context, handle);
  return located(calls, handle, context);
}

/** The session first, then the runtime with its endpoints: whose removal ends any session, also one that cannot be stopped. */
async function removeAll(
  calls: AwsCalls,
  { resources, handle }: { resources: readonly Resource[]; handle: Handle },
  context: DriverContext,
): Promise<CleanupProof[]> {
  const sessions = resources.filter(({ kind }) => kind === SESSION_KIND);
  const runtimes = resources.filter(({ kind }) => kind === RUNTIME_KIND);
  if (sessions.length + runtimes.length === 0) return [];
  const searchedAt = context.clock.now();
  const { handle: known, untagged } = await reached(calls, handle, context);
  if (untagged !== undefined) refuseUntagged(untagged, calls, handle);
  const stopped = await stopSession(calls, known, context).catch((error: unknown) => {
    if (runtimes.length === 0) throw error;
    context.logger.debug('a session could not be stopped; the removal of its agent runtime ends it', {
      error: String(error),
    });
    return undefined;
  });
  const areGone = runtimes.length > 0 && (await removeRuntime(calls, { handle: known, searchedAt }, context));
  return [
    ...sessions.flatMap((session) => proofOf(session, areGone ? 'absent' : stopped)),
    ...(areGone ? runtimes.map(({ id }): CleanupProof => ({ id, proof: 'verified' })) : []),
  ];
}

/** Whether it is what a create of ours has made cannot be told: tags may come later, or be taken away by others. */
function refuseUntagged(arn: string, calls: AwsCalls, handle: Handle): void {
  if (dataOf(handle).made?.intendedAt === undefined) return;
  const message = `The agent runtime ${arn} has the name of the one that was asked for, and not its tags: it was left as it is.`;
  const hint = 'Look at its tags. If it belongs to this installation, delete it in the AgentCore console.';
  throw calls.errors.create('AD_PROVIDER_CONFLICT', message, { hint });
}

/**
 * A stop that was taken and not confirmed: the service has no list of sessions, and says when it ends this one by itself.
 * @param stopped undefined: it failed, and nothing is proven.
 */
function proofOf({ id, expiresAt }: Resource, stopped: StopOutcome | undefined): CleanupProof[] {
  if (stopped === undefined) return [];
  const proof = stopped === 'absent' ? 'verified' : expiresAt === undefined ? 'accepted' : 'unverifiable';
  return [{ id, proof, ...(expiresAt !== undefined && { expiresAt }) }];
}
