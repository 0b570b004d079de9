// Starts the detached dispatcher process and learns, from one line it sends, whether it holds the state directory.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { DispatchErrorJson } from '@agent-dispatch/schemas';
import { DispatchError, fromJson } from '../errors/index.js';
import { readEpoch } from '../store/epoch.js';
import { nodeFiles } from '../store/node-files.js';
import { baseEnvironment, telemetryEnvironment } from './environment.js';

export interface StartOptions {
  /** Absolute path of the process's program. */
  program: string;
  configFile?: string;
  cwd: string;
  stateDir: string;
  bundledPlugins: readonly string[];
  env: NodeJS.ProcessEnv;
  /** The configuration names what registers an SDK of OpenTelemetry: it is given the variables for that. Default false. */
  telemetry?: boolean;
  /** How long to wait for its report. Default 30 s. */
  reportMs?: number;
}

/** What the new process says of itself, once. lost: another one was faster. */
export type StartReport = { status: 'ready' | 'lost' } | { status: 'failed'; error: DispatchErrorJson };

const REPORT_MS = 30_000;
/** Node's own default of 4 is too few for many tasks that end at once: each of their documents is synced. */
const FILE_THREADS = '16';
/** File descriptor of the report: stdin, stdout and stderr are closed to the new process. */
export const REPORT_FD = 3;

/**
 * Resolves when the new process is ready, or holds the directory and takes long to open it; or when another one holds it.
 * The process has a session of its own: it outlives the front door and its process group.
 * Errors: what the process reports; AD_DISPATCHER_START when it ends or is silent.
 */
export async function startDispatcher(options: StartOptions): Promise<void> {
  const { program, configFile, cwd, stateDir, bundledPlugins, env, telemetry = false, reportMs = REPORT_MS } = options;
  const config = configFile === undefined ? [] : ['--config', configFile];
  const bundled = bundledPlugins.flatMap((root) => ['--bundled', root]);
  const child = spawn(process.execPath, [program, '--state-dir', stateDir, ...config, ...bundled], {
    cwd,
    env: {
      ...baseEnvironment(env),
      ...(telemetry && telemetryEnvironment(env)),
      UV_THREADPOOL_SIZE: env['UV_THREADPOOL_SIZE'] ?? FILE_THREADS,
    },
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const report = child.stdio[REPORT_FD] as Readable;
  const text = await new Promise<string | undefined>((resolve, reject) => {
    let received = '';
    const late = async (): Promise<void> => {
      const owner = await readEpoch(nodeFiles, stateDir);
      if (owner?.pid !== child.pid) throw startFailed(`it did not report within ${reportMs / 1000} s`);
      resolve(undefined);
    };
    const timer = setTimeout(() => void late().catch(reject), reportMs);
    const settle = (): void => {
      clearTimeout(timer);
      resolve(received);
    };
    child.once('error', (error) => reject(startFailed(error.message)));
    report.on('data', (chunk: Buffer) => (received += chunk.toString('utf8')));
    report.once('end', settle);
    report.once('error', settle);
  });
  child.unref();
  report.destroy();
  if (text !== undefined) checkReport(text);
}

function checkReport(text: string): void {
  if (text === '') throw startFailed('it ended at once');
  const report = JSON.parse(text) as StartReport;
  if (report.status === 'failed') throw fromJson(report.error, 'AD_DISPATCHER_START');
}

const startFailed = (reason: string): DispatchError =>
  new DispatchError('AD_DISPATCHER_START', `the dispatcher did not start: ${reason}`);

/** Version of this package: both ends of a connection must have the same. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
