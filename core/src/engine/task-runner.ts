// Carries one task from the moment this process owns it to the moment it rests: feeds facts to `advance`, stores what
// it decides, and only then does what it asks for. All writes of a task go through one queue here.
import type { TaskRecord } from '@agent-dispatch/schemas';
import { toDispatchError, type DispatchError } from '../errors/index.js';
import type { Change, StoredTask } from '../store/index.js';
import { advance } from './advance.js';
import { Follower } from './follower.js';
import type { Effect, Input } from './inputs.js';
import { releasable } from './ledger.js';
import type { EnginePorts } from './ports.js';
import { isTerminal } from './state-table.js';
import { nextDue } from './timing.js';
import { collectFile } from './values.js';
import { Verbs, type StreamingVerb } from './verbs.js';

/** What the runner tells the engine. */
export interface RunnerHooks {
  /** Waits in `queued` until a slot is free; the engine calls `admit` then, in the order of acceptance. */
  waiting(runner: TaskRunner): void;
  /** Gave slots back. */
  slotsFreed(): void;
  /** Rests: nothing more will be done by this runner. */
  settled(runner: TaskRunner): void;
  /** The store cannot be written; no task can go on. */
  storeFailed(error: DispatchError): void;
}

/** A verb that does not settle after its abort is not waited for any longer. */
const SETTLE_MS = 10_000;
/** Timers longer than this are armed again; Node's overflow at 24.8 days. */
const LONGEST_TIMER_MS = 3_600_000;

export class TaskRunner {
  private readonly verbs: Verbs;
  private queue: Promise<void> = Promise.resolve();
  private follower: Follower | undefined;
  private timer: AbortController | undefined;
  private stopping = false;
  private cleaning = false;
  private halted = false;

  constructor(
    private task: StoredTask,
    private readonly ports: EnginePorts,
    private readonly hooks: RunnerHooks,
  ) {
    this.verbs = new Verbs(ports);
  }

  get taskId(): string {
    return this.task.record.taskId;
  }

  get createdAt(): number {
    return this.task.record.createdAt;
  }

  /** Takes the task up as it was stored, whoever worked on it before. */
  begin(): Promise<void> {
    return this.apply({ type: 'recovered' });
  }

  /** Reads the task again: a command may have been posted. */
  poke(): Promise<void> {
    return this.exclusive(async () => {
      const task = await this.ports.store.get(this.taskId);
      if (task) this.task = { ...this.task, inbox: task.inbox, commands: task.commands };
      await this.consumeCommands();
    });
  }

  /** Tries again to leave `queued`. */
  admit(): Promise<void> {
    return this.apply({ type: 'tick' });
  }

  /** Ends all work of this runner without any decision about the task: another process will take it up. */
  async halt(): Promise<void> {
    this.halted = true;
    this.timer?.abort();
    await this.follower?.abort(SETTLE_MS);
  }

  /** Stores what follows from a fact and then does it. */
  apply(input: Input): Promise<void> {
    return this.exclusive(async () => {
      await this.consumeCommands();
      await this.transition(input);
    });
  }

  private exclusive(work: () => Promise<void>): Promise<void> {
    const run = this.queue.then(async () => {
      if (!this.halted) await work();
    });
    this.queue = run.catch((error: unknown) => this.fail(error));
    return this.queue;
  }

  /** A store that cannot be written stops everything; any other fault stops this task alone, until the next owner takes it up. */
  private fail(error: unknown): void {
    const failure = toDispatchError(error);
    const { code, message } = failure;
    this.ports.logger.warn('a task cannot go on here', { taskId: this.taskId, code, error: message });
    if (code.startsWith('AD_STORE_')) this.hooks.storeFailed(failure);
    this.retire();
  }

  private async consumeCommands(): Promise<void> {
    for (;;) {
      const command = this.task.commands.find(({ inbox }) => inbox > this.task.consumed);
      if (command === undefined) return;
      await this.transition({ type: 'command', command }, command.inbox);
    }
  }

  private async transition(input: Input, consumed?: number): Promise<void> {
    for (;;) {
      const before = this.task.record;
      const next = advance(before, input, this.ports.store.now());
      const change = this.changeFor(before, next, consumed);
      const [result] = change === undefined ? [undefined] : await this.ports.store.commit([change]);
      if (result?.status === 'conflict') {
        this.task = result.task;
        if (consumed !== undefined && this.task.consumed >= consumed) return;
        if (consumed === undefined) await this.consumeCommands();
        continue;
      }
      if (result?.status === 'fenced') return this.retire();
      if (result?.status === 'overLimit') return await this.wait(result.key);
      if (result?.status === 'ok') this.task = result.task;
      if (change?.admission?.release) this.hooks.slotsFreed();
      for (const effect of next.effects) this.perform(effect);
      return this.rest();
    }
  }

  /** Undefined when nothing changed that is worth a write. */
  private changeFor(
    before: TaskRecord,
    next: ReturnType<typeof advance>,
    consumed: number | undefined,
  ): Change | undefined {
    const { record, events, wakeAt } = next;
    const unchanged = events.length === 0 && consumed === undefined;
    if (unchanged && JSON.stringify({ ...record, updatedAt: before.updatedAt }) === JSON.stringify(before))
      return undefined;
    const { rev, fence, inbox } = this.task;
    const keys = this.ports.slots(record.request);
    const held = holdsSlots(before);
    const holds = holdsSlots(record);
    return {
      taskId: record.taskId,
      commitId: `${String(fence)}.${String(rev + 1)}`,
      expect: { rev, fence, inbox },
      record,
      events,
      wakeAt,
      ...(consumed !== undefined && { consumed }),
      ...(holds && !held && { admission: { acquire: keys } }),
      ...(held && !holds && { admission: { release: keys.map(({ key }) => key) } }),
      keep: !atRest(record),
    };
  }

  private async wait(slot: string): Promise<void> {
    this.hooks.waiting(this);
    if (this.task.record.waitingFor !== slot) await this.transition({ type: 'waiting', slot });
    this.arm();
  }

  private retire(): void {
    this.halted = true;
    this.timer?.abort();
    void this.follower?.abort(SETTLE_MS);
    this.hooks.settled(this);
  }

  private rest(): void {
    if (!atRest(this.task.record)) return this.arm();
    this.halted = true;
    this.timer?.abort();
    this.hooks.settled(this);
  }

  /** One timer for whatever is due next. */
  private arm(): void {
    this.timer?.abort();
    const due = nextDue(this.task.record, this.follower?.lastContactAt);
    if (due === undefined || this.halted) return;
    const timer = new AbortController();
    this.timer = timer;
    const now = this.ports.clock.now();
    const ms = Math.min(Math.max(due - now, 0), LONGEST_TIMER_MS);
    this.ports.clock.sleep(ms, timer.signal).then(
      () => this.apply({ type: 'tick', lastContactAt: this.follower?.lastContactAt }),
      () => undefined,
    );
  }

  /** Effects run beside the queue: what they learn comes back as facts. */
  private perform(effect: Effect): void {
    const run = {
      plan: () => this.plan(),
      provision: () => this.follow('provision'),
      start: () => this.follow('start'),
      resume: () => this.follow('resume'),
      stop: () => this.stop(),
      collect: () => this.collect(),
      cleanup: () => this.cleanup(),
    }[effect];
    run().catch((error: unknown) => this.fail(error));
  }

  private async plan(): Promise<void> {
    try {
      const handle = await this.verbs.plan(this.task.record);
      void this.apply({ type: 'planned', handle });
    } catch (error) {
      void this.apply({ type: 'refused', error: toDispatchError(error, 'AD_PROVIDER_INTERNAL').toJSON() });
    }
  }

  private async follow(verb: StreamingVerb): Promise<void> {
    const former = this.follower;
    this.follower = new Follower(verb, this.task, this.verbs, this.ports, (input) => this.apply(input));
    await this.follower.run(former?.done);
  }

  /** Abort what is under way, await its settling, then cancel: in this order no start can follow the cancel. */
  private async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    try {
      await this.follower?.abort(SETTLE_MS);
      const level = await this.verbs.cancel(this.task.record, new AbortController().signal);
      void this.apply({ type: 'cancelled', level });
    } catch (error) {
      const failure = toDispatchError(error, 'AD_PROVIDER_INTERNAL');
      this.ports.logger.warn('cancel failed', { taskId: this.taskId, code: failure.code, error: failure.message });
      void this.apply({ type: 'cancel-failed', error: failure.toJSON() });
    } finally {
      this.stopping = false;
    }
  }

  private async collect(): Promise<void> {
    const from = this.task.record.outcome?.uncollected;
    if (from === undefined) return void this.apply({ type: 'collected' });
    try {
      void this.apply({ type: 'collected', result: await collectFile(this.ports.store, this.taskId, from) });
    } catch (error) {
      void this.apply({ type: 'collected', error: toDispatchError(error, 'AD_PROVIDER_INTERNAL').toJSON() });
    }
  }

  private async cleanup(): Promise<void> {
    if (this.cleaning) return;
    this.cleaning = true;
    try {
      await this.follower?.settled(SETTLE_MS);
      const { record } = this.task;
      const entries = releasable(record);
      const attempts = [...new Set(entries.map(({ attempt }) => attempt))];
      const proofs = await Promise.all(
        attempts.map((attempt) => {
          const resources = entries.filter((entry) => entry.attempt === attempt).map(({ resource }) => resource);
          return this.verbs.cleanup(record, attempt, resources, new AbortController().signal);
        }),
      );
      void this.apply({ type: 'cleaned', proofs: proofs.flat() });
    } catch (error) {
      void this.apply({ type: 'cleanup-failed', error: toDispatchError(error, 'AD_PROVIDER_INTERNAL').toJSON() });
    } finally {
      this.cleaning = false;
    }
  }
}

/** Something of the task exists, or may exist, in the cloud. */
const holdsSlots = (record: TaskRecord): boolean =>
  record.attempt > 0 && (!isTerminal(record.status) || record.cleanup.state === 'pending');

const atRest = (record: TaskRecord): boolean => isTerminal(record.status) && record.cleanup.state !== 'pending';
