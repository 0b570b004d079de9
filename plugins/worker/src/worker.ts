// One worker: its runs, the face of its protocol, and the server before them.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { Agents } from './agents/agents.js';
import type { Settings } from './configuration/settings.js';
import { loadFace } from './faces/create-face.js';
import { LocalRuns } from './runs/local-runs.js';
import { Ping } from './server/ping.js';
import { WorkerServer } from './server/server.js';
import { TokenCheck } from './server/token.js';

export interface RunningWorker {
  readonly port: number;
  /** Takes no more runs, stops those at work, and resolves when nothing is left. */
  close(): Promise<void>;
}

export interface WorkerContext {
  /** Of the worker: agents get what is allowed of it. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export function createRuns(
  settings: Settings,
  { environment, now }: WorkerContext,
  onActivity: (isBusy: boolean) => void,
): LocalRuns {
  const agents = new Agents(settings.agents, settings.defaultAgent, environment);
  return new LocalRuns({ ...settings, agents, now, onActivity });
}

export async function startWorker(settings: Settings, context: WorkerContext): Promise<RunningWorker> {
  const { host, port, portFile, protocol, tokenFile } = settings;
  const ping = new Ping(context.now);
  const runs = createRuns(settings, context, (isBusy) => ping.update(isBusy));
  const createFace = await loadFace(protocol);
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
  await runs.recover();
  // Again at the first request: a machine restored from a snapshot may have been given another disk since.
  const server = new WorkerServer({
    face: createFace(runs),
    ping,
    token: new TokenCheck(token),
    onFirstRequest: () => runs.recover(),
  });
  const listening = await server.listen(host, port);
  if (portFile !== undefined) await writePort(portFile, listening);
  const close = async (): Promise<void> => {
    await runs.stop();
    await server.close();
  };
  return { port: listening, close };
}

/** Whole or not at all: others wait for it. */
async function writePort(path: string, port: number): Promise<void> {
  await writeFile(`${path}.new`, `${port}\n`);
  await rename(`${path}.new`, path);
}

async function readToken(path: string): Promise<string> {
  const token = (await readFile(path, 'utf8')).trim();
  if (token !== '') return token;
  throw new Error(`The token file ${path} is empty.`);
}
