// Of many front doors that find no dispatcher, one starts it and the others wait. The lock saves processes, no more:
// who owns the directory is decided by the epoch, so a lock that is lost or taken twice harms nothing.
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../config/thrown.js';
import { makePrivateDirectory } from '../store/private-directory.js';
import { isAlive, processIdentity, type ProcessIdentity } from '../store/process-identity.js';
import { asStoreError } from '../store/store-errors.js';
import { temporaryName } from '../store/whole-files.js';

interface Holder extends ProcessIdentity {
  token: string;
}

const NAME = 'starting.lock';
const DAMAGED = 'damaged';
/** Longer than taking the directory over and starting take together: after that the holder is paused, and passed over. */
const HELD_MS = 60_000;
const LOOK_MS = 20;
/** The holder is looked for once in so many looks; whether the lock is still there, in each. */
const LOOKS_PER_PROBE = 20;

/**
 * Runs `act`; or, when another process does so already, waits until that has ended: then look again at what it left.
 * Makes the state directory where it is missing. Errors: AD_STORE_UNAVAILABLE, AD_STORE_NOT_PRIVATE, those of `act`.
 */
export async function underStartLock(stateDir: string, act: () => Promise<void>): Promise<void> {
  makePrivateDirectory(stateDir);
  const file = path.join(stateDir, NAME);
  const token = randomBytes(8).toString('hex');
  if (!(await acquire(file, token))) return await untilReleased(file);
  try {
    await act();
  } finally {
    if ((await holderOf(file))?.token === token) await rm(file, { force: true });
  }
}

/** link(2) makes the whole file appear at once: a lock without a holder would be waited for in vain. */
async function acquire(file: string, token: string): Promise<boolean> {
  const temporary = temporaryName(file);
  const holder: Holder = { ...processIdentity(), token };
  try {
    await writeFile(temporary, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
    await link(temporary, file);
    return true;
  } catch (error) {
    // ENOENT: a new owner of the directory swept our temporary file.
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false;
    throw asStoreError(`starting a dispatcher in ${path.dirname(file)}`, error, false);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function untilReleased(file: string): Promise<void> {
  const end = performance.now() + HELD_MS;
  const first = await holderOf(file);
  for (let look = 0; ; look += 1) {
    const holder = await holderOf(file);
    if (holder === undefined || holder.token !== first?.token) return;
    const isLost = performance.now() > end || (look % LOOKS_PER_PROBE === 0 && isGone(holder));
    if (isLost) return await rm(file, { force: true });
    await sleep(LOOK_MS);
  }
}

/** Written whole, so one that cannot be read was left by a power loss. */
const isGone = (holder: Holder): boolean => holder.token === DAMAGED || isAlive(holder) === 'dead';

async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { ...processIdentity(), token: DAMAGED };
    throw error;
  }
}
