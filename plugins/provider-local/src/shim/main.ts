// The shim: a small process between dispatcher and work that outlives the first and keeps watch over the second.
// Started detached by launch.ts, which it never talks to again after reading its spec; plain Node, no dependencies.
import { existsSync, readFileSync } from 'node:fs';
import { takeClaim } from '../attempt/claim.js';
import { attemptPathsIn } from '../attempt/paths.js';
import { identify } from '../attempt/process-identity.js';
import { hasCode } from '../attempt/system-error.js';
import { runWork } from './run-work.js';
import { SHIM_EXIT, type ShimSpec } from './spec.js';
import { StopRequest } from './stop-request.js';

const STDIN = 0;

/** Undefined when the dispatcher died before it had written all of it: then nothing was begun. */
function readSpec(): ShimSpec | undefined {
  try {
    return JSON.parse(readFileSync(STDIN, 'utf8')) as ShimSpec;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** False also when the attempt's directory is gone: it was cleaned up before this process came to it. */
function claim({ root, generation }: ShimSpec): boolean {
  const self = identify(process.pid);
  if (!self) throw new Error('The shim cannot identify its own process.');
  try {
    return takeClaim(root, generation, { owner: 'shim', process: self });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function main(): Promise<number> {
  const spec = readSpec();
  if (!spec) return SHIM_EXIT.noSpec;
  const paths = attemptPathsIn(spec.root, spec.name);
  const stop = new StopRequest(spec.deadline, () => existsSync(paths.cancel));
  if (!claim(spec)) return SHIM_EXIT.claimTaken;
  await runWork(spec, paths, stop);
  return SHIM_EXIT.done;
}

process.exit(await main());
