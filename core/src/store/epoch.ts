// Who may write a state directory: the highest `epoch.<n>` file. A new owner links the next number; files are never
// changed by anyone but their owner, and the highest is never removed, so that numbers only grow.
import { join } from 'node:path';
import { codeOf } from '../config/thrown.js';
import type { FileLayer } from './file-layer.js';
import { isAlive, processIdentity, type Liveness, type ProcessIdentity } from './process-identity.js';
import { corrupt, sessionLost, superseded } from './store-errors.js';
import { isTemporary, readWhole, replaceWhole, temporaryName, writeNew } from './whole-files.js';

/** What an epoch file says of its owner. */
export interface EpochOwner extends ProcessIdentity {
  epoch: number;
  incarnation: string;
  /** Where the owner listens; absent when it does not. */
  socket?: string;
  /** The owner gave the store up in order; epoch milliseconds. */
  releasedAt?: number;
  /** It gave up because its journal failed: what stands at the journal's end is as uncertain as after a kill. */
  journalFailed?: true;
}

const NAME = /^epoch\.([1-9]\d{0,14})$/;
const epochPath = (stateDir: string, epoch: number): string => join(stateDir, `epoch.${epoch}`);

async function epochs(files: FileLayer, stateDir: string): Promise<number[]> {
  const numbers = (await files.list(stateDir)).map((name) => Number(NAME.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => b - a);
}

/** The highest epoch; undefined when there never was one. Errors: AD_STORE_CORRUPT. */
export async function readEpoch(files: FileLayer, stateDir: string): Promise<EpochOwner | undefined> {
  // The file may be replaced by a newer one and removed between the two steps.
  for (;;) {
    const [highest] = await epochs(files, stateDir);
    if (highest === undefined) return undefined;
    try {
      return parseOwner((await readWhole(files, epochPath(stateDir, highest))).toString('utf8'), highest);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

function parseOwner(text: string, epoch: number): EpochOwner {
  const owner = parseObject(text) as Partial<EpochOwner> | undefined;
  if (owner?.epoch === epoch && typeof owner.incarnation === 'string' && typeof owner.pid === 'number') {
    return owner as EpochOwner;
  }
  throw corrupt(`The file epoch.${epoch} of the state directory is damaged.`, { file: `epoch.${epoch}` });
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether an epoch's owner still writes. */
export const ownerLiveness = (owner: EpochOwner): Liveness =>
  owner.releasedAt === undefined ? isAlive(owner) : 'dead';

export interface Claimant {
  incarnation: string;
  socket?: string;
  /** The highest number that left traces: epoch files may have been removed by others, and no number is used twice. */
  after?: number;
  /** Default: by the process the file names. */
  liveness?: (owner: EpochOwner) => Liveness;
}

/**
 * Becomes the owner: supersedes an epoch that was given up or whose process is confirmed dead.
 * Errors: AD_STORE_SESSION_LOST with `details.owner` and `details.liveness` when the owner is alive, or may be.
 */
export async function claimEpoch(files: FileLayer, stateDir: string, claimant: Claimant): Promise<EpochOwner> {
  const { liveness = ownerLiveness, incarnation, socket, after = 0 } = claimant;
  for (;;) {
    const current = await readEpoch(files, stateDir);
    if (current) refuseUnlessDead(current, liveness(current));
    const epoch = Math.max(current?.epoch ?? 0, after) + 1;
    const owner: EpochOwner = { epoch, ...processIdentity(), incarnation, ...(socket !== undefined && { socket }) };
    if (!(await linkEpoch(files, stateDir, owner))) continue;
    await confirm(files, stateDir, owner);
    await removeOlder(files, stateDir, epoch);
    return owner;
  }
}

function refuseUnlessDead(owner: EpochOwner, liveness: Liveness): void {
  if (liveness === 'dead') return;
  const state = liveness === 'alive' ? 'is running' : 'may be running';
  throw sessionLost(`The owner of the state directory (pid ${owner.pid} on ${owner.host}) ${state}.`, {
    owner,
    liveness,
  });
}

/** false: someone else was faster. link(2) makes the complete file appear at once, and for one contender only. */
async function linkEpoch(files: FileLayer, stateDir: string, owner: EpochOwner): Promise<boolean> {
  const path = epochPath(stateDir, owner.epoch);
  const temporary = temporaryName(path);
  await writeNew(files, temporary, Buffer.from(JSON.stringify(owner)));
  try {
    await files.link(temporary, path);
  } catch (error) {
    // ENOENT: the faster one swept our temporary file.
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await files.remove(temporary);
  }
  await files.syncDirectory(stateDir);
  return true;
}

/** A clean-up between our look and our link may have let us link a number that others had passed already. */
async function confirm(files: FileLayer, stateDir: string, owner: EpochOwner): Promise<void> {
  const [highest] = await epochs(files, stateDir);
  if (highest !== owner.epoch) throw superseded({ owner });
}

/** The previous epoch stays, so that its owner finds a successor whenever it looks. What others left half made goes. */
async function removeOlder(files: FileLayer, stateDir: string, epoch: number): Promise<void> {
  for (const name of await files.list(stateDir)) {
    const number = Number(NAME.exec(name)?.[1] ?? epoch);
    if (number < epoch - 1 || isTemporary(name)) await files.remove(join(stateDir, name));
  }
}

/** Whether the epoch is still the highest: nobody followed, and nobody cleaned it away. */
export async function isCurrent(files: FileLayer, stateDir: string, epoch: number): Promise<boolean> {
  const [followed, there] = await Promise.all([
    files.exists(epochPath(stateDir, epoch + 1)),
    files.exists(epochPath(stateDir, epoch)),
  ]);
  return there && !followed;
}

/** Gives the epoch up: the next claim succeeds at once. No change when another owner followed. */
export async function releaseEpoch(files: FileLayer, stateDir: string, owner: EpochOwner, now: number): Promise<void> {
  if (!(await isCurrent(files, stateDir, owner.epoch))) return;
  const released: EpochOwner = { ...owner, releasedAt: now };
  await replaceWhole(files, epochPath(stateDir, owner.epoch), Buffer.from(JSON.stringify(released)));
}
