// The worker's settings, whole: what was configured, checked, and the defaults for the rest.
import type { Agent } from '../agents/agent.js';
import type { Protocol } from '../faces/create-face.js';

export interface Settings {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
  readonly portFile?: string;
  readonly tokenFile?: string;
  readonly dataDirectory: string;
  readonly workingDirectory: string;
  readonly directoryPerRun: boolean;
  readonly sessionsDirectory: string;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly defaultAgent?: string;
  readonly limits: {
    readonly concurrentRuns: number;
    readonly outputBytes: number;
    readonly artifactBytes: number;
    readonly keptRuns: number;
  };
}

/** As cloud runtimes want it. */
export const PORTS: Readonly<Record<Protocol, number>> = { http: 8080, 'ag-ui': 8080, mcp: 8000, a2a: 9000 };

export const LIMITS: Settings['limits'] = {
  concurrentRuns: 100,
  outputBytes: 256 * 1024 ** 2,
  artifactBytes: 4 * 1024 ** 3,
  keptRuns: 1_000,
};
