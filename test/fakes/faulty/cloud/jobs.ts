// The cloud's own state: machines, and the jobs that run on them. What is true of a task's work is true here.
import type { Changes } from '@agent-dispatch/test/fakes/agentcore/changes.js';
import { Job, type Order, type Owner } from './job.js';

export interface Machine {
  readonly name: string;
  readonly owner: Owner;
  readonly createdAt: number;
  /** The cloud ends it then, whoever sleeps. */
  expiresAt: number;
  readyAt: number;
}

/** One start of a job that took effect. */
export interface Execution {
  readonly at: number;
  readonly owner: Owner;
  readonly job: string;
}

/** Whose start requests of an attempt are let in: those that know the number. */
export type Door = number | 'closed';

export class JobTable {
  readonly machines = new Map<string, Machine>();
  readonly jobs = new Map<string, Job>();
  readonly executions: Execution[] = [];
  readonly #doors = new Map<string, Door>();
  readonly #told = new Set<string>();

  constructor(
    private readonly now: () => number,
    private readonly changes: Changes,
  ) {}

  door(attempt: string): Door {
    return this.#doors.get(attempt) ?? 0;
  }

  /** Requests that know the old number are turned away from now on. */
  shut(attempt: string, forGood: boolean): void {
    const door = this.door(attempt);
    if (door !== 'closed') this.#doors.set(attempt, forGood ? 'closed' : door + 1);
  }

  jobOf(attempt: string): Job | undefined {
    return this.#jobsOf(attempt).at(-1);
  }

  #jobsOf(attempt: string): Job[] {
    return [...this.jobs.values()].filter((job) => job.attempt === attempt);
  }

  /** Has its effect once for an id. @returns undefined when the machine is not there. */
  begin(id: string, order: Order): Job | undefined {
    const known = this.jobs.get(id);
    if (known) return known;
    if (!this.machines.has(order.machine)) return undefined;
    const job = new Job(id, order, () => this.changes.notify());
    this.jobs.set(id, job);
    this.executions.push({ at: this.now(), owner: order.owner, job: id });
    job.begin(this.#told.has(order.owner.taskId));
    return job;
  }

  /** @returns how many still run. */
  stop(attempt: string, lingerMs: number | undefined): number {
    for (const job of this.#jobsOf(attempt)) job.stop(lingerMs);
    return this.#jobsOf(attempt).filter(({ isRunning }) => isRunning).length;
  }

  /** Lets work that waits to be told go on to its end, now or when it begins. */
  finish(taskId: string): void {
    this.#told.add(taskId);
    for (const job of this.jobs.values()) if (job.owner.taskId === taskId) job.finish();
  }

  /** With all that runs on it. */
  remove(machine: string): void {
    for (const job of this.jobs.values()) if (job.machine === machine) job.kill();
    this.machines.delete(machine);
    this.changes.notify();
  }

  /** Ends what the cloud does not let live any longer. */
  expire(): void {
    for (const { name, expiresAt } of [...this.machines.values()]) if (expiresAt <= this.now()) this.remove(name);
  }
}
