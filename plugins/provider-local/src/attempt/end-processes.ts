// Ends all processes of a work: asks, waits, kills, and returns when none is left. Shared by the shim and by a host whose shim died.
import { setTimeout as sleep } from 'node:timers/promises';
import { runsOn, signalWork, type WorkProcesses } from './work-processes.js';

const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 250;

/** Resolves with whether all of them were gone within `withinMs`. */
export async function waitUntilGone(work: WorkProcesses, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  for (let pause = FIRST_LOOK_MS; runsOn(work); pause = Math.min(pause * 2, LONGEST_LOOK_MS)) {
    if (Date.now() >= end) return false;
    await sleep(pause);
  }
  return true;
}

/**
 * @param graceMs between SIGTERM and SIGKILL.
 * @returns whether all are gone; false only where the system does not let us kill them.
 */
export async function endProcesses(work: WorkProcesses, graceMs: number): Promise<boolean> {
  if (!runsOn(work)) return true;
  signalWork(work, 'SIGTERM');
  // A stopped process takes SIGTERM only when it goes on.
  signalWork(work, 'SIGCONT');
  if (await waitUntilGone(work, graceMs)) return true;
  for (let tries = 0; tries < 20; tries += 1) {
    signalWork(work, 'SIGKILL');
    if (await waitUntilGone(work, LONGEST_LOOK_MS)) return true;
  }
  return false;
}
