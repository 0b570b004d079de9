// The runs of this worker: accepts each invocation once, keeps those that ended up to a limit, and finds those of an earlier
// worker on disk.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkerTask } from '@agent-dispatch/schemas';
import type { Agents } from '../agents/agents.js';
import { InputStage } from '../files/input-stage.js';
import { verifyInputs } from '../files/inputs.js';
import { staysInside } from '../files/inside.js';
import { problemsIn } from '../problems.js';
import { carryOut } from './carry-out.js';
import {
  claimDataDirectory,
  dataDirectoryIn,
  dropOldInputs,
  readBootId,
  type DataDirectory,
} from './data-directory.js';
import { EventLog } from './event-log.js';
import { ForgottenRuns } from './forgotten-runs.js';
import { LocalRun } from './local-run.js';
import { endRecovered, recoverRun } from './recover-run.js';
import { PRIVATE, runFilesIn, writeRecord, type RunFiles, type RunRecord } from './run-files.js';
import { prepareWork, type RunWork } from './run-work.js';
import type { Carry } from './run-agent.js';
import { Sessions } from './sessions.js';
import { RunRefused, type InputPiece, type Run, type Runs } from './run.js';

export interface LocalRunsOptions {
  readonly dataDirectory: string;
  readonly workingDirectory: string;
  readonly directoryPerRun: boolean;
  readonly sessionsDirectory: string;
  readonly agents: Agents;
  readonly limits: Carry['limits'] & { readonly concurrentRuns: number; readonly keptRuns: number };
  readonly now: () => number;
  /** Told when the first run begins to work and when the last has ended. */
  readonly onActivity: (isBusy: boolean) => void;
}

/** Between two looks for what is old. */
const TIDY_MS = 3600 * 1000;
const INVOCATION_ID = /^[A-Za-z0-9_-]{16,128}$/;

export class LocalRuns implements Runs {
  readonly #options: LocalRunsOptions;
  readonly #directory: DataDirectory;
  readonly #stage: InputStage;
  readonly #forgotten: ForgottenRuns;
  readonly #sessions: Sessions;
  readonly #runs = new Map<string, LocalRun>();
  readonly #starting = new Map<string, Promise<void>>();
  /** Those that count for the limit. */
  readonly #working = new Set<LocalRun>();
  /** Resolve when the run has ended and what was only for its work is removed. */
  readonly #carried = new Set<Promise<void>>();
  #bootId: string | undefined;
  #tidiedAt = -Infinity;
  #isStopping = false;

  constructor(options: LocalRunsOptions) {
    this.#options = options;
    this.#directory = dataDirectoryIn(options.dataDirectory);
    this.#stage = new InputStage(this.#directory.inputs);
    this.#forgotten = new ForgottenRuns(this.#directory.forgotten);
    this.#sessions = new Sessions(options.sessionsDirectory);
  }

  get bootId(): string {
    // Without the cache: machines that are restored from one snapshot would share what it holds.
    this.#bootId ??= randomUUID({ disableEntropyCache: true });
    return this.#bootId;
  }

  get(invocationId: string): Run | undefined {
    return this.#runs.get(invocationId);
  }

  async putInput(invocationId: string, piece: InputPiece): Promise<number> {
    if (!INVOCATION_ID.test(invocationId)) throw new RunRefused('invalid', 'The invocation id is malformed.');
    this.#refuseForgotten(invocationId);
    if (this.#runs.has(invocationId)) throw new RunRefused('invalid', 'The run has begun; its inputs are in place.');
    await this.#tidy();
    return this.#stage.put(invocationId, piece);
  }

  async start(task: WorkerTask): Promise<Run> {
    const problems = problemsIn('WorkerTask', task);
    if (problems !== undefined) throw new RunRefused('invalid', problems);
    this.#refuseForgotten(task.invocationId);
    const known = this.#runs.get(task.invocationId);
    if (known) return this.#again(known, task);
    if (this.#isStopping) throw new RunRefused('full', 'The worker is stopping and takes no more runs.');
    if (this.#working.size >= this.#options.limits.concurrentRuns) {
      throw new RunRefused('full', `${this.#working.size} runs are at work; this worker takes no more at a time.`);
    }
    const files = this.#filesOf(task.invocationId);
    const plan = this.#plan(task, files);
    const run = this.#accept(task, files);
    const starting = this.#begin(run, plan);
    this.#starting.set(task.invocationId, starting);
    try {
      await starting;
      return run;
    } finally {
      this.#starting.delete(task.invocationId);
    }
  }

  /** Stops all runs; resolves when nothing is at work. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const run of this.#working) run.stop('worker_stopped');
    await Promise.allSettled(this.#starting.values());
    await Promise.all(this.#carried);
  }

  /** Takes the data directory, and finds the runs of an earlier worker over it. Repeat: yes. */
  async recover(): Promise<void> {
    const { dataDirectory, now } = this.#options;
    const { runs } = await claimDataDirectory(dataDirectory);
    // Where it lies with the runs, it is kept and lost with them.
    this.#bootId = (await readBootId(dataDirectory)) ?? this.#bootId;
    await this.#forgotten.read();
    const atWork: LocalRun[] = [];
    for (const name of await readdir(runs)) {
      if (!INVOCATION_ID.test(name) || this.#runs.has(name)) continue;
      const run = await recoverRun(name, this.#filesOf(name), { forgotten: this.#forgotten, now });
      if (!run) continue;
      if (run.record.endedAt === undefined) atWork.push(run);
      else this.#runs.set(name, run);
    }
    // At the same time: each may need to be waited for.
    await Promise.all(
      atWork.map(async (run) => {
        await endRecovered(run);
        this.#runs.set(run.invocationId, run);
      }),
    );
    await this.#tidy();
  }

  #refuseForgotten(invocationId: string): void {
    if (!this.#forgotten.has(invocationId)) return;
    throw new RunRefused('ended', 'The run ended, and nothing of it is kept any more.');
  }

  async #again(run: LocalRun, { taskId, attempt }: WorkerTask): Promise<Run> {
    const { record } = run;
    if (record.taskId !== taskId || record.attempt !== attempt) {
      throw new RunRefused('another_task', `The invocation belongs to attempt ${record.attempt} of ${record.taskId}.`);
    }
    await this.#starting.get(run.invocationId);
    return run;
  }

  #filesOf(invocationId: string): RunFiles {
    return runFilesIn(join(this.#directory.runs, invocationId));
  }

  #plan(task: WorkerTask, files: RunFiles): Omit<RunWork, 'inputs'> {
    const { agents, directoryPerRun, workingDirectory } = this.#options;
    for (const path of [task.workingDirectory ?? '.', ...(task.artifacts ?? [])]) {
      if (!staysInside(path)) throw new RunRefused('invalid', `The path ${path} is absolute or leaves its directory.`);
    }
    const sessionOf = (agent: string): string | undefined => this.#sessions.find(task.continues, agent);
    const { name, command, beginsAnew } = agents.command(task, files.outputSchema, sessionOf);
    return { task, agent: name, command, beginsAnew, ...(!directoryPerRun && { directory: workingDirectory }) };
  }

  #accept({ invocationId, taskId, attempt }: WorkerTask, files: RunFiles): LocalRun {
    const { now } = this.#options;
    const record: RunRecord = {
      version: 1,
      invocationId,
      taskId,
      attempt,
      startedAt: now(),
      state: 'running',
      artifacts: [],
      receipts: [],
    };
    const run = new LocalRun(record, files, { log: new EventLog(files.events, now), now });
    this.#runs.set(invocationId, run);
    this.#working.add(run);
    if (this.#working.size === 1) this.#options.onActivity(true);
    return run;
  }

  /** Rejects when the run is refused after all: then nothing of it is left. */
  async #begin(run: LocalRun, plan: Omit<RunWork, 'inputs'>): Promise<void> {
    try {
      const { task } = plan;
      const inputs = await verifyInputs(task.inputs ?? [], (sha256) => this.#stage.find(task.invocationId, sha256));
      const work = { ...plan, inputs };
      await mkdir(run.files.root, { mode: PRIVATE });
      await writeRecord(run.files, run.record, { isSynced: true });
      await run.log.create();
      const directory = await prepareWork(work, run.files);
      await this.#stage.discard(task.invocationId);
      const { limits } = this.#options;
      const sessions = this.#sessions;
      this.#carry(carryOut({ run, work, directory, limits, sessions, onRest: () => this.#rest(run) }));
    } catch (error) {
      // Where the disk does not let it go, the next worker ends it.
      await rm(run.files.root, { recursive: true, force: true }).catch(() => undefined);
      await run.withdraw();
      // Not before: a start that is repeated must not meet what is left of this one.
      this.#runs.delete(run.invocationId);
      this.#rest(run);
      throw error;
    }
  }

  #carry(carrying: Promise<void>): void {
    const carried = carrying.then(() => this.#forgetOldest());
    this.#carried.add(carried);
    void carried.finally(() => this.#carried.delete(carried));
  }

  #rest(run: LocalRun): void {
    this.#working.delete(run);
    if (this.#working.size === 0) this.#options.onActivity(false);
  }

  async #forgetOldest(): Promise<void> {
    const kept = [...this.#runs.values()].filter(({ record }) => record.endedAt !== undefined);
    kept.sort((a, b) => (a.record.endedAt ?? 0) - (b.record.endedAt ?? 0));
    const surplus = kept.slice(0, Math.max(kept.length - this.#options.limits.keptRuns, 0));
    // What cannot be forgotten now is tried again at the next end.
    await Promise.all(surplus.map((run) => this.#forget(run).catch(() => undefined)));
    await this.#tidy();
  }

  /** What is left when this is cut short goes when the next worker begins. */
  async #forget({ invocationId, files }: LocalRun): Promise<void> {
    await this.#forgotten.add(invocationId);
    this.#runs.delete(invocationId);
    await rm(files.root, { recursive: true, force: true });
  }

  /** Never rejects: what cannot be removed now is tried again later. */
  async #tidy(): Promise<void> {
    const now = this.#options.now();
    if (now < this.#tidiedAt + TIDY_MS) return;
    this.#tidiedAt = now;
    await dropOldInputs(this.#directory, now).catch(() => undefined);
    await this.#forgotten.dropOld(now).catch(() => undefined);
    await this.#sessions.dropOld(now).catch(() => undefined);
  }
}
