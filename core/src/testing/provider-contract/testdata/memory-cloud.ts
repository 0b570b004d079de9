// The smallest cloud that a driver can be tested on: rooms that cost money, and jobs in them. It counts for itself.

export interface Room {
  readonly installationId: string;
  readonly taskId: string;
  readonly expiresAt: number;
}

export class Job {
  readonly lines: string[] = [];
  ended: 'succeeded' | 'failed' | 'cancelled' | undefined;

  constructor(
    readonly taskId: string,
    private readonly changed: () => void,
  ) {}

  get isRunning(): boolean {
    return this.ended === undefined;
  }

  say(line: string): void {
    this.lines.push(line);
    this.changed();
  }

  end(how: NonNullable<Job['ended']>): void {
    this.ended ??= how;
    this.changed();
  }
}

export class MemoryCloud {
  readonly rooms = new Map<string, Room>();
  readonly jobs = new Map<string, Job>();
  /** Task of each job that was begun. */
  readonly executions: string[] = [];
  isBroken = false;
  private readonly barred = new Set<string>();
  private readonly told = new Set<string>();
  private readonly waiting = new Set<() => void>();

  breakDown(): void {
    this.isBroken = true;
    this.changed();
  }

  makeRoom(name: string, room: Room): void {
    this.rooms.set(name, this.rooms.get(name) ?? room);
  }

  /** Has its effect once for a name, and none once the name is barred. */
  begin(name: string, taskId: string, ends: string): Job | undefined {
    const known = this.jobs.get(name);
    if (known || this.barred.has(name)) return known;
    const job = new Job(taskId, this.changed);
    this.jobs.set(name, job);
    this.executions.push(taskId);
    for (const line of ['one\n', 'two\n']) job.say(line);
    if (ends === 'badly') job.end('failed');
    else if (ends === 'well' || this.told.has(taskId)) job.end('succeeded');
    return job;
  }

  stop(name: string): void {
    this.barred.add(name);
    this.jobs.get(name)?.end('cancelled');
  }

  removeRoom(name: string): void {
    this.stop(name);
    this.rooms.delete(name);
  }

  finish(taskId: string): void {
    this.told.add(taskId);
    for (const job of this.jobs.values()) if (job.taskId === taskId) job.end('succeeded');
  }

  running(taskId: string): number {
    return [...this.jobs.values()].filter((job) => job.taskId === taskId && job.isRunning).length;
  }

  expireAt(now: number): void {
    for (const [name, { expiresAt }] of this.rooms) if (expiresAt <= now) this.removeRoom(name);
  }

  /** The next change of any job, the abort, or the breakdown. */
  async change(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.isBroken) return;
    await new Promise<void>((resolve) => {
      this.waiting.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  private readonly changed = (): void => {
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  };
}
