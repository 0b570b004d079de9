// Looks at real processes for tests: what runs in an attempt, and a host that can be killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DispatchRequest, DriverEvent } from '@agent-dispatch/core/provider';
import { readClaim } from '../attempt/claim.js';
import type { ProcessIdentity } from '../attempt/process-identity.js';
import { readRecord } from '../attempt/records.js';
import { runsOn } from '../attempt/work-processes.js';
import type { Bench } from './bench.js';

export function shimOf({ paths }: Bench): ProcessIdentity {
  const { claim } = readClaim(paths.root);
  if (claim?.owner !== 'shim') throw new Error('No shim has claimed the attempt.');
  return claim.process;
}

/** Whether anything of the work runs: the program, or what it left. */
export function anythingRuns(bench: Bench): boolean {
  const leader = readRecord(bench.paths.process) as ProcessIdentity | undefined;
  return runsOn({ ...(leader && { leader }), mark: `${bench.installationId}/${bench.paths.name}` });
}

/** A host in its own process, following one attempt. */
export class SeparateHost {
  readonly #process: ChildProcess;
  readonly events: DriverEvent[] = [];

  constructor(bench: Bench, request: DispatchRequest) {
    const program = fileURLToPath(new URL('separate-host.mjs', import.meta.url));
    const context = bench.context(request);
    this.#process = spawn(process.execPath, [program, JSON.stringify({ context, request })], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
  }

  /** Resolves when an event is the one. */
  async until(isIt: (event: DriverEvent) => boolean): Promise<void> {
    if (!this.#process.stdout) throw new Error('The host has no output.');
    for await (const line of createInterface({ input: this.#process.stdout })) {
      const event = JSON.parse(line) as DriverEvent;
      this.events.push(event);
      if (isIt(event)) return;
    }
    throw new Error(`The host ended before: ${JSON.stringify(this.events)}`);
  }

  /** Kills it with its whole process group, as a lead agent does with its servers. */
  async kill(): Promise<void> {
    const gone = once(this.#process, 'exit');
    process.kill(-(this.#process.pid ?? 0), 'SIGKILL');
    await gone;
  }
}
