// start and resume: both end in following whatever shim has claimed the attempt.
import type { DriverContext, DriverEvent } from '@agent-dispatch/core/provider';
import { revokeClaim, type Claim } from '../attempt/claim.js';
import type { AttemptPaths } from '../attempt/paths.js';
import type { ProcessIdentity } from '../attempt/process-identity.js';
import { messageOf } from '../attempt/system-error.js';
import { targetDirectory, workingDirectory } from '../place/directories.js';
import { readDetails } from '../request/details.js';
import { readWork } from '../request/work.js';
import { endOrphans } from '../stop-work.js';
import { conclude, endedEvent, hasArtifacts } from './conclude.js';
import { followOutput, hasUnread, workEnd, type WorkEnd } from './follow.js';
import { claimWork, specOf } from './start-work.js';

const NOT_STARTED =
  'The exclusive claim of the attempt was free and is now taken by the dispatcher: a start still under way finds it taken and ends without running anything.';

/** Safe to repeat: a second call finds the claim and follows the same work from the cursor. */
export async function* startWork(paths: AttemptPaths, context: DriverContext): AsyncGenerator<DriverEvent> {
  const work = readWork(context.request, context);
  const directory = await workingDirectory(context.request, targetDirectory(work.details, paths));
  if (directory === undefined) throw new Error('The working directory leads out of the target directory.');
  const claim = await claimWork(() => specOf(work, directory, context), paths, context);
  if (!claim) return;
  if (claim.owner !== 'revoked') yield { type: 'attached' };
  yield* followClaim(claim, paths, context);
}

export async function* resumeWork(paths: AttemptPaths, context: DriverContext): AsyncGenerator<DriverEvent> {
  const claim = revokeClaim(paths.root, 'resume');
  if (claim.owner === 'revoked') {
    if (claim.by === 'cancel') yield { type: 'ended', outcome: 'cancelled' };
    else yield { type: 'not_started', proof: NOT_STARTED };
    return;
  }
  const end = workEnd(paths, claim.process);
  if (end && !hasArtifacts(context) && !(await hasUnread(paths, context.cursor))) {
    if (end === 'shim-died') await endOrphans(paths, claim.process, context);
    yield await endedEvent(end, readDetails(context.request), { paths, context });
    return;
  }
  yield { type: 'attached' };
  yield* followClaim(claim, paths, context);
}

async function* followClaim(claim: Claim, paths: AttemptPaths, context: DriverContext): AsyncGenerator<DriverEvent> {
  if (claim.owner === 'revoked') {
    yield { type: 'ended', outcome: 'cancelled' };
    return;
  }
  yield* followShim(claim.process, paths, context);
}

async function* followShim(
  shim: ProcessIdentity,
  paths: AttemptPaths,
  context: DriverContext,
): AsyncGenerator<DriverEvent> {
  const end = yield* tolerate(followOutput(paths, shim, context), paths, context);
  if (!end) return;
  // The shim was what kept watch: without it, its work is ended here before anyone is told that it is over.
  if (end === 'shim-died') await endOrphans(paths, shim, context);
  yield* conclude(end, readDetails(context.request), { paths, context });
}

/** Trouble of ours with reading (no descriptors left, say) is no end of the work: the stream just breaks, and the host resumes. */
async function* tolerate(
  events: AsyncGenerator<DriverEvent, WorkEnd | undefined>,
  { name }: AttemptPaths,
  { logger }: DriverContext,
): AsyncGenerator<DriverEvent, WorkEnd | undefined> {
  try {
    return yield* events;
  } catch (error) {
    logger.warn('The work runs on but cannot be followed.', { attempt: name, reason: messageOf(error) });
    return undefined;
  }
}
