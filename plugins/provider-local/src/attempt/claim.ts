// Who may run an attempt: exactly one owner per generation, decided by creating a file. Shared by host and shim.
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.js';
import { createRecord, readRecord } from './records.js';

/**
 * shim: this process runs the work, or ran it. revoked: nobody will.
 *
 * After `resume` a start may come again, under the next generation: a shim of the old one that is still under way finds
 * its claim taken and ends. After `cancel` there is no next generation.
 */
export type Claim = { owner: 'shim'; process: ProcessIdentity } | { owner: 'revoked'; by: 'cancel' | 'resume' };

export interface ClaimState {
  /** The newest generation that is taken, or the next that may be. */
  readonly generation: number;
  /** Absent when that generation is free. */
  readonly claim?: Claim;
}

const claimPath = (root: string, generation: number): string => join(root, `claim.${generation}.json`);

/** False when it is taken already. Throws ENOENT when the attempt's directory does not exist. */
export const takeClaim = (root: string, generation: number, claim: Claim): boolean =>
  createRecord(claimPath(root, generation), claim);

export function readClaim(root: string): ClaimState {
  for (let generation = 1; ; generation += 1) {
    const claim = readRecord(claimPath(root, generation)) as Claim | undefined;
    if (claim === undefined) return { generation };
    if (claim.owner === 'shim' || claim.by === 'cancel') return { generation, claim };
  }
}

/**
 * Makes sure that no shim under way can claim the attempt any more.
 * @returns the claim that stands: ours, or the one that came before it.
 */
export function revokeClaim(root: string, by: 'cancel' | 'resume'): Claim {
  for (;;) {
    const { generation, claim } = readClaim(root);
    if (claim) return claim;
    const ours: Claim = { owner: 'revoked', by };
    if (takeClaim(root, generation, ours)) return ours;
  }
}
