// One run from first to last: start, record, stop when told, see every process gone, write how it ended.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcesses, waitUntilGone } from '../attempt/end-processes.js';
import type { ExitRecord } from '../attempt/exit-record.js';
import type { AttemptPaths } from '../attempt/paths.js';
import { identify } from '../attempt/process-identity.js';
import { replaceRecord } from '../attempt/records.js';
import type { WorkProcesses } from '../attempt/work-processes.js';
import { spawnGated, type GatedChild } from './gated-child.js';
import { drain } from './output-pipes.js';
import { OutputRecorder } from './output-recorder.js';
import type { ShimSpec } from './spec.js';
import type { StopRequest } from './stop-request.js';
import { hasCode, messageOf } from '../attempt/system-error.js';

/** How long output may still come when a process that nobody can find holds the pipe open. */
const DRAIN_MS = 1_000;
const EXIT_RETRY_MS = 1_000;
const EXIT_RETRIES = 60;

type End = Omit<ExitRecord, 'stderrTail' | 'at'>;

export async function runWork(spec: ShimSpec, paths: AttemptPaths, stop: StopRequest): Promise<void> {
  const recorder = new OutputRecorder(paths, spec.outputLimit);
  const end = await run(spec, paths, { stop, recorder }).catch(notBegun);
  recorder.close();
  await leaveExit(paths, { ...end, stderrTail: recorder.stderrTail, at: Date.now() });
}

interface Watch {
  readonly stop: StopRequest;
  readonly recorder: OutputRecorder;
}

async function run(spec: ShimSpec, paths: AttemptPaths, { stop, recorder }: Watch): Promise<End> {
  const gated = await spawnGated(spec, paths);
  const exited = exitOf(gated.child);
  const drained = Promise.all([
    drain(gated.stdout, (bytes) => recorder.write('stdout', bytes)),
    drain(gated.stderr, (bytes) => recorder.write('stderr', bytes)),
  ]);
  const work = recordLeader(gated, spec, paths);
  const ending = await superviseWork(gated, work, { spec, stop });
  const exit = await exited;
  await Promise.race([drained, sleep(DRAIN_MS)]);
  return { ending, ...exit };
}

async function superviseWork(
  gated: GatedChild,
  work: WorkProcesses,
  { spec, stop }: { spec: ShimSpec; stop: StopRequest },
): Promise<End['ending']> {
  const { child } = gated;
  const stopped = new Promise<false>((resolve) => stop.onRequest(() => resolve(false)));
  if (!stop.reason) gated.open();
  await Promise.race([hasExited(child) || once(child, 'exit'), stopped]);
  // What ended by itself before anyone asked keeps that ending, even when its leftovers have to be stopped.
  const ending = hasExited(child) ? 'exited' : (stop.reason ?? 'exited');
  const gone = ending === 'exited' && (await Promise.race([waitUntilGone(work, spec.lingerMs), stopped]));
  if (!gone) await endAll(work, spec.graceMs);
  return ending;
}

/** Stays for as long as anything of the work runs: an exit record promises that nothing does. */
async function endAll(work: WorkProcesses, graceMs: number): Promise<void> {
  while (!(await endProcesses(work, graceMs)));
}

const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function exitOf(child: ChildProcess): Promise<Pick<End, 'code' | 'signal'>> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return { code, signal };
}

function recordLeader({ child }: GatedChild, spec: ShimSpec, paths: AttemptPaths): WorkProcesses {
  try {
    const leader = identify(child.pid ?? 0);
    if (!leader) throw new Error('The program was killed before it began.');
    replaceRecord(paths.process, leader);
    return { leader, mark: spec.mark };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function notBegun(error: unknown): End {
  const message = messageOf(error);
  return { ending: 'not-begun', code: null, signal: null, message };
}

/** Tries on while the disk is full: this file is the only trace of how the work ended. */
async function leaveExit(paths: AttemptPaths, record: ExitRecord): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      replaceRecord(paths.exit, record);
      return;
    } catch (error) {
      // Without its directory the attempt was cleaned up: nobody will ask.
      if (hasCode(error, 'ENOENT')) return;
      if (tries === EXIT_RETRIES) throw error;
      await sleep(EXIT_RETRY_MS);
    }
  }
}
