// Begins the work of an attempt exactly once, however often and from wherever it is asked.
import type { DriverContext } from '@agent-dispatch/core/provider';
import { markOf } from '../attempt/attempt.js';
import { readClaim, type Claim } from '../attempt/claim.js';
import type { AttemptPaths } from '../attempt/paths.js';
import { environmentOf } from '../request/environment.js';
import type { Work } from '../request/work.js';
import type { ShimSpec } from '../shim/spec.js';
import { launchShim } from './launch.js';
import { Wakeups } from './wakeups.js';

const LINGER_MS = 1_000;
export const GRACE_MS = 5_000;
const OUTPUT_LIMIT = 256 * 1024 * 1024;

/**
 * Launches a shim unless the attempt has an owner already.
 * @returns the claim that stands; undefined when the signal aborted before there was one. Throws when the shim ended without claiming.
 */
export async function claimWork(
  work: Work,
  paths: AttemptPaths,
  { context, directory }: { context: DriverContext; directory: string },
): Promise<Claim | undefined> {
  const { generation, claim } = readClaim(paths.root);
  if (claim) return claim;
  const wakeups = new Wakeups(paths.root, context.clock, context.signal);
  let ended: string | undefined;
  try {
    const spec = shimSpec(work, paths, { context, directory, generation });
    void launchShim(spec, context.environment.PATH).ended.then((how) => {
      ended = how;
      wakeups.notice();
    });
    while (!context.signal.aborted) {
      // Read before the claim: a shim that ended has claimed before, or never will.
      const shimEnd = ended;
      const found = readClaim(paths.root).claim;
      if (found) return found;
      if (shimEnd !== undefined) throw new Error(`The supervisor of the work ended before it began (${shimEnd}).`);
      await wakeups.next();
    }
    return undefined;
  } finally {
    wakeups.close();
  }
}

function shimSpec(
  { command, input }: Work,
  paths: AttemptPaths,
  { context, directory, generation }: { context: DriverContext; directory: string; generation: number },
): ShimSpec {
  return {
    root: paths.root,
    name: paths.name,
    generation,
    mark: markOf(paths, context),
    program: command.program,
    arguments: command.arguments,
    workingDirectory: directory,
    environment: environmentOf(context),
    ...(input !== undefined && { input }),
    deadline: context.deadline,
    lingerMs: LINGER_MS,
    graceMs: GRACE_MS,
    outputLimit: OUTPUT_LIMIT,
  };
}
