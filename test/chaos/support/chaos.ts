// One run: hands tasks over, lets their fates come to pass while dispatchers and front doors die, and holds what became
// of each against what the world counted.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TaskView } from '@agent-dispatch/schemas';
import { counted } from './counted.js';
import { FrontDoors } from './front-doors.js';
import { Dice } from './dice.js';
import { Reaper } from './reaper.js';
import { type Evidence, verdictOn } from './verdict.js';
import type { Accepted, Ended, Plan, World } from './world.js';

export interface RunOptions {
  name: string;
  seed: number;
  tasks: number;
  kills: number;
  limitMs: number;
}

/** Everything that went wrong, by kind. */
export interface Findings {
  /** Acknowledged, and not in the list. */
  forgotten: string[];
  /** In the list, and acknowledged to nobody: a repeated hand-over made a second task. */
  doubled: string[];
  stuck: unknown[];
  leaked: string[];
  wrong: unknown[];
  /** Dispatchers that ended by a fault of their own, as their log tells. */
  brokenDown: string[];
}

export const NOTHING: Findings = { forgotten: [], doubled: [], stuck: [], leaked: [], wrong: [], brokenDown: [] };

/** Tasks that are handed over at a time; all that are acknowledged are in flight together. */
const LANES = 8;
/** One answer in so many is not listened to, besides those that are lost: the task is handed over again. */
const UNHEARD_EVERY = 3;
const PAGE = 100;

/** Ends the world's place, too. Errors: of the place, when a process is left over. */
export async function runChaos(world: World, options: RunOptions): Promise<Findings> {
  try {
    return await new Run(world, options).toTheEnd();
  } finally {
    await world.place.end();
  }
}

async function breakdowns(stateDir: string): Promise<string[]> {
  const log = await readFile(path.join(stateDir, 'dispatcher.log'), 'utf8');
  return log.split('\n').filter((line) => line.includes('the dispatcher broke down'));
}

/** As far as a task has come; the rest of it is the verdict's. */
interface Life {
  readonly plan: Plan;
  taskId?: string;
  evidence?: Evidence;
  startsAtEnd?: number;
  released?: boolean;
}

class Run {
  private readonly doors: FrontDoors;
  private readonly reaper: Reaper;
  private readonly lives: Life[];
  private readonly beganAt = Date.now();

  constructor(
    private readonly world: World,
    private readonly options: RunOptions,
  ) {
    const { seed, tasks, kills } = options;
    this.doors = new FrontDoors(world.place, new Dice(seed + 1));
    // Two moments of each task are certain: its acknowledgement and its ending.
    this.reaper = new Reaper(world.place, this.doors, new Dice(seed + 2), { kills, moments: 2 * tasks });
    this.lives = Array.from({ length: tasks }, (_, index) => ({ plan: world.plan(index) }));
  }

  async toTheEnd(): Promise<Findings> {
    const limit = new AbortController();
    const tooLate = new Promise<'too late'>((resolve) => {
      const timer = setTimeout(() => resolve('too late'), this.options.limitMs);
      limit.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    const allEnded = this.liveAll();
    // A refusal after the limit finds nobody who waits for it.
    allEnded.catch(() => undefined);
    const isLate = (await Promise.race([allEnded, tooLate])) === 'too late';
    limit.abort();
    const findings = await this.judge(isLate);
    this.report(findings);
    return findings;
  }

  private async liveAll(): Promise<void> {
    const waiting = [...this.lives];
    const running: Promise<void>[] = [];
    const lane = async (): Promise<void> => {
      for (let life = waiting.shift(); life !== undefined; life = waiting.shift()) {
        const handedOverAt = Date.now();
        // As if the answer had been lost on its way.
        if (life.plan.index % UNHEARD_EVERY === 0) await this.handOver(life.plan);
        const view = await this.handOver(life.plan);
        life.taskId = view.task_id;
        running.push(this.live(life, view.task_id, handedOverAt));
        await this.reaper.moment();
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    await Promise.all(running);
  }

  private handOver(plan: Plan): Promise<TaskView> {
    return this.doors.ask('spawn_cloud_agent', {
      ...this.world.request(plan),
      idempotency_key: `task-${String(plan.index)}`,
      ...(plan.timeoutSeconds !== undefined && { timeout_seconds: plan.timeoutSeconds }),
    });
  }

  private async live(life: Life, taskId: string, handedOverAt: number): Promise<void> {
    const { plan } = life;
    const accepted: Accepted = { ...plan, taskId };
    const ended = this.ended(taskId);
    const cancelAnswer = plan.fate === 'cancel-at-once' ? await this.cancel(taskId) : undefined;
    const hasBegun = await Promise.race([this.world.begun(accepted).then(() => true), ended.then(() => false)]);
    const met = hasBegun ? await this.meet(accepted) : { earlierLog: '' };
    const view = await ended;
    const task: Ended = { ...accepted, handedOverAt, endedAt: Date.now(), kills: this.reaper.dispatcherKills };
    life.startsAtEnd = this.world.starts(accepted);
    await this.reaper.moment();
    life.evidence = { task, view, log: await this.log(taskId), cancelAnswer, ...met };
    await this.released(taskId);
    life.released = true;
  }

  /** What happens to a task while it is at work. */
  private async meet(task: Accepted): Promise<{ earlierLog: string; cancelAnswer?: TaskView }> {
    const { fate, taskId } = task;
    await this.reaper.moment();
    if (fate === 'kill-work' || fate === 'kill-supervisor') this.world.kill(task);
    const cancelAnswer = fate === 'cancel' ? await this.cancel(taskId) : undefined;
    return { earlierLog: await this.log(taskId), ...(cancelAnswer && { cancelAnswer }) };
  }

  private cancel = (taskId: string): Promise<TaskView> => this.doors.ask('cancel_task', { task_id: taskId });

  private async ended(taskId: string): Promise<TaskView> {
    for (;;) {
      const { done } = await this.doors.ask('wait_task', { task_ids: [taskId], timeout_seconds: 20 });
      // A wait tells the end in brief.
      if (done[0] !== undefined) return await this.doors.ask('get_task_status', { task_id: taskId });
    }
  }

  /** All that the work printed; what the system says of itself is left out. */
  private async log(taskId: string): Promise<string> {
    let text = '';
    for (let cursor: string | undefined; ;) {
      const page = await this.doors.ask('get_task_logs', { task_id: taskId, ...(cursor !== undefined && { cursor }) });
      text += page.entries
        .filter(({ stream }) => stream !== 'system')
        .map((entry) => entry.text)
        .join('');
      if (!page.truncated) return text;
      cursor = page.next_cursor;
    }
  }

  private async released(taskId: string): Promise<void> {
    for (;;) {
      const { cleanup } = await this.doors.ask('get_task_status', { task_id: taskId });
      if (cleanup !== 'pending') return;
      // Nothing tells of it: asked again after what a poll of ours would wait for.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  private async judge(isLate: boolean): Promise<Findings> {
    const acknowledged = new Set(this.lives.flatMap(({ taskId }) => (taskId === undefined ? [] : [taskId])));
    const stuck = this.lives.filter(({ released }) => released !== true);
    const known = await this.known();
    return {
      forgotten: [...acknowledged].filter((taskId) => !known.has(taskId)),
      // A hand-over that nobody heard of is no second one while the run is not over.
      doubled: isLate ? [] : [...known.keys()].filter((taskId) => !acknowledged.has(taskId)),
      stuck: stuck.map(({ plan, taskId }) => ({ ...plan, taskId, now: known.get(taskId ?? '') })),
      leaked: isLate ? [] : await this.world.leaks(),
      wrong: this.lives.flatMap((life) => this.wrongsOf(life, known)),
      brokenDown: await breakdowns(await this.world.place.stateDir()),
    };
  }

  private wrongsOf({ plan, evidence, startsAtEnd }: Life, known: Map<string, TaskView>): unknown[] {
    if (evidence === undefined) return [];
    const { task } = evidence;
    const wrongs: object[] = verdictOn(evidence, this.world);
    const status = known.get(task.taskId)?.status;
    if (status !== evidence.view.status)
      wrongs.push({ wrong: 'changed its end', from: evidence.view.status, to: status });
    // What is lost may be under way; everything else has ended when it says so.
    const isLost = evidence.view.status === 'lost';
    if (!isLost && startsAtEnd !== this.world.starts(task))
      wrongs.push({ wrong: 'started after its end', before: startsAtEnd });
    return wrongs.map((wrong) => ({ ...plan, taskId: task.taskId, ...wrong }));
  }

  /** Every task that the list holds, page by page. */
  private async known(): Promise<Map<string, TaskView>> {
    const found = new Map<string, TaskView>();
    for (let cursor: string | undefined; ;) {
      const page = await this.doors.ask('list_tasks', { limit: PAGE, ...(cursor !== undefined && { cursor }) });
      for (const view of page.tasks) found.set(view.task_id, view);
      if (page.next_cursor === undefined) return found;
      cursor = page.next_cursor;
    }
  }

  /** Beside the test's own output, where it stands whether or not the test passes. */
  private report(findings: Findings): void {
    const { name, seed } = this.options;
    const ends = this.lives.map(({ evidence }) => evidence?.view.status ?? 'not ended');
    const losses = this.lives.flatMap(({ evidence }) =>
      evidence?.view.status === 'lost' ? [this.world.whyUnknowable(evidence.task) ?? 'unexplained'] : [],
    );
    const figures = {
      run: name,
      seed,
      seconds: Math.round((Date.now() - this.beganAt) / 1000),
      tasks: this.lives.length,
      ends: counted(ends),
      kills: this.reaper.kills,
      answersLost: this.doors.lost,
      ...(losses.length > 0 && { losses: counted(losses) }),
      ...this.world.figures(),
      findings: Object.fromEntries(Object.entries(findings).map(([kind, list]) => [kind, (list as unknown[]).length])),
    };
    process.stderr.write(`${JSON.stringify(figures)}\n`);
  }
}
