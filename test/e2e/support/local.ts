// A place whose runtime is this machine, with the chunk agent of the tests behind a gate.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Config, Protocol } from '@agent-dispatch/schemas';
import { type Gate, startGate } from './gate.js';
import { Place, repository } from './place.js';

export interface LocalPlace {
  place: Place;
  gate: Gate;
  /** How often the agent was started, as it says itself. */
  starts: () => number;
}

export const CHUNKS = 10;
export const chunkText = (chunk: number): string => `[chunk ${String(chunk)}]`;
export const chunkPoint = (chunk: number): string => `chunk-${String(chunk)}`;
export const everyChunk = Array.from({ length: CHUNKS }, (_, index) => index + 1);

const agent = path.join(repository, 'test/e2e/support/agents/chunk-agent.mjs');

/** @param more is put over the configuration; `chunks` is how many the agent prints. */
export async function makeLocalPlace({
  chunks = CHUNKS,
  protocol = 'stdio',
  more = {},
}: { chunks?: number; protocol?: 'stdio' | Protocol; more?: Config } = {}): Promise<LocalPlace> {
  const place = await Place.make(undefined);
  const gate = await startGate(place);
  const startsFile = place.path('starts.txt');
  await place.configure({
    accounts: { here: { provider: 'local' }, ...more.accounts },
    runtimes: {
      agent: {
        account: 'here',
        driver: 'process',
        capability: 'agent-runtime',
        target: {
          mode: 'runtime',
          protocol,
          details: { command: [process.execPath, agent, gate.url, String(chunks), startsFile] },
        },
      },
      ...more.runtimes,
    },
    defaults: { runtime: 'agent' },
    ...(more.plugins && { plugins: more.plugins }),
    ...(more.policy && { policy: more.policy }),
    ...(more.telemetry && { telemetry: more.telemetry }),
  });
  const starts = (): number =>
    existsSync(startsFile) ? readFileSync(startsFile, 'utf8').split('\n').filter(Boolean).length : 0;
  return { place, gate, starts };
}

export function openAll(gate: Gate, from = 1): void {
  for (const chunk of everyChunk.slice(from - 1)) gate.open(chunkPoint(chunk));
}
