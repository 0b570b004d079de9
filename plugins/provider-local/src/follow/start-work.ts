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
/** A worker gives its agents the same before it ends itself. */
export const WORKER_GRACE_MS = 2 * GRACE_MS;
const OUTPUT_LIMIT = 256 * 1024 * 1024;

/** What a shim is told, but for what the attempt and the moment decide. */
export type WorkSpec = Pick<
  ShimSpec,
  'program' | 'arguments' | 'workingDirectory' | 'environment' | 'input' | 'deadline' | 'outputLimit'
> &
  Partial<Pick<ShimSpec, 'graceMs'>>;

/**
 * Launches a shim unless the attempt has an owner already.
 * @param specFor asked only where one is launched.
 * @returns the claim that stands; undefined when the signal aborted before there was one. Throws when the shim ended without claiming.
 */
export async function claimWork(
  specFor: () => WorkSpec,
  paths: AttemptPaths,
  context: DriverContext,
): Promise<Claim | undefined> {
  const { generation, claim } = readClaim(paths.root);
  if (claim) return claim;
  const wakeups = new Wakeups(paths.root, context.clock, context.signal);
  let ended: string | undefined;
  try {
    void launchShim(
      {
        ...{ lingerMs: LINGER_MS, graceMs: GRACE_MS },
        ...specFor(),
        ...{ root: paths.root, name: paths.name, generation, mark: markOf(paths, context) },
      },
      context.environment.PATH,
    ).ended.then((how) => {
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

export const specOf = ({ command, input }: Work, directory: string, context: DriverContext): WorkSpec => ({
  ...command,
  workingDirectory: directory,
  environment: environmentOf(context),
  ...(input !== undefined && { input }),
  deadline: context.deadline,
  outputLimit: OUTPUT_LIMIT,
});
