// How a worker is started: its program, its configuration, its environment. No secret is in any of them: those reach the agent
// with its task.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DriverContext } from '@agent-dispatch/core/provider';
import { bootIdFile } from '@agent-dispatch/worker';
import { MARK } from '../attempt/work-processes.js';
import type { AttemptPaths } from '../attempt/paths.js';
import { createText } from '../attempt/records.js';
import { WORKER_GRACE_MS, type WorkSpec } from '../follow/start-work.js';
import { targetDirectory } from '../place/directories.js';
import { readDetails } from '../request/details.js';
import { declaredAgent } from './agent.js';
import { dataDirectoryOf, type Incarnation } from './incarnations.js';

const { resolve } = createRequire(import.meta.url);
/** After the deadline, at which the worker itself ends its run: time to tell of it. */
const GRACE_MS = 60_000;
/** Of what it prints itself; the agent's output is with its run. Bytes. */
const OUTPUT_LIMIT = 1024 * 1024;

/** Writes the configuration of the incarnation's worker, and tells what its shim is to start. Errors: UnusableRequest. */
export function workerSpec(attempt: AttemptPaths, incarnation: Incarnation, context: DriverContext): WorkSpec {
  const { request, environment, deadline } = context;
  const directory = targetDirectory(readDetails(request), attempt);
  const data = dataDirectoryOf(attempt);
  nameRuns(data);
  createText(incarnation.tokenFile, randomBytes(32).toString('base64url'));
  const { name, agent } = declaredAgent(request);
  const configuration = {
    protocol: request.target.protocol,
    host: '127.0.0.1',
    port: 0,
    portFile: incarnation.portFile,
    tokenFile: incarnation.tokenFile,
    dataDirectory: data,
    workingDirectory: directory,
    directoryPerRun: false,
    // The next task that goes on with this one has a worker of its own.
    sessionsDirectory: join(context.directory, 'sessions'),
    agents: { [name]: { ...agent, environment: [...Object.keys(environment), MARK] } },
  };
  const file = join(incarnation.paths.root, 'worker.json');
  createText(file, `${JSON.stringify(configuration)}\n`);
  return {
    program: process.execPath,
    arguments: [workerProgram(), 'serve', '--config', file],
    workingDirectory: '/',
    environment: { ...environment },
    deadline: deadline + GRACE_MS,
    outputLimit: OUTPUT_LIMIT,
    graceMs: WORKER_GRACE_MS,
  };
}

/** By what the worker is known, for as long as its runs are there: one that is started again knows them. */
function nameRuns(data: string): void {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  createText(bootIdFile(data), randomUUID());
}

const workerProgram = (): string =>
  join(dirname(resolve('@agent-dispatch/worker/package.json')), 'bin', 'agentdispatch-worker.js');
