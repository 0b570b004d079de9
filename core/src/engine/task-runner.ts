// Carries one task from the moment this process owns it to the moment it rests: feeds facts to `advance`, stores what
// it decides, and only then does what it asks for. All writes of a task go through one queue here.
import type { TaskRecord } from '@agent-dispatch/schemas';
import { toDispatchError, type DispatchError } from '../errors/index.js';
import type { StoredTask } from '../store/index.js';
import { freedBy } from './admission.js';
import { advance } from './advance.js';
import { atRest, changeFor } from './change.js';
import { isStoreError, storedError } from './driver-error.js';
import type { StreamingVerb } from './driver-event.js';
import { Effects } from './effects.js';
import { ABORTED, Follower, SETTLE_MS } from './follower.js';
import type { Effect, Input } from './inputs.js';
import type { EnginePorts } from './ports.js';
import { after } from './timer.js';
import { sendingMessage } from './messages.js';
import { tellEnd } from './spans.js';
import { isTerminal } from './state-table.js';
import { nextDue } from './timing.js';
import { Verbs } from './verbs.js';

/** What the runner tells the engine, and asks it. */
export interface RunnerHooks {
  /**
   * The slot for which the task has to wait, because others do already. `isNext`: it was let in from a line, and gives way
   * only to those that were accepted earlier.
   */
  line(runner: TaskRunner, slots: readonly string[], isNext: boolean): string | undefined;
  /** Has its slots. */
  admitted(runner: TaskRunner): void;
  /**
   * Waits in `queued` until the slot is free; the engine calls `admit` then, in the order of acceptance.
   * `retryAt`: some of it gets free by itself.
   */
  waiting(runner: TaskRunner, slot: string, retryAt?: number): void;
  /** Gave slots back. */
  slotsFreed(slots: readonly string[]): void;
  /** Rests: nothing more will be done by this runner. */
  settled(runner: TaskRunner): void;
  /** The store cannot be written; no task can go on. */
  storeFailed(error: DispatchError): void;
}

/** Timers longer than this are armed again; Node's overflow at 24.8 days. */
const LONGEST_TIMER_MS = 3_600_000;

/** What these say is true of the whole store, not of one task. */
const FATAL: ReadonlySet<string> = new Set(['AD_STORE_UNAVAILABLE', 'AD_STORE_SESSION_LOST']);

export class TaskRunner {
  private readonly verbs: Verbs;
  private readonly effects: Effects;
  private readonly halting = new AbortController();
  private halted = false;
  private queue: Promise<void> = Promise.resolve();
  private follower: Follower | undefined;
  /** The latest try to leave `queued`. */
  private planning: Promise<void> = Promise.resolve();
  /** A hint waits for its turn to read the task. */
  private isPoked = false;
  /** `at`: epoch milliseconds. */
  private timer: { at: number; callOff: () => void } | undefined;
  /** Effects under way that must not run twice at a time. */
  private readonly busy = new Set<Effect>();

  constructor(
    private task: StoredTask,
    private readonly ports: EnginePorts,
    private readonly hooks: RunnerHooks,
  ) {
    this.verbs = new Verbs(ports);
    this.effects = new Effects(this.verbs, ports, this.halting);
  }

  get taskId(): string {
    return this.task.record.taskId;
  }

  get createdAt(): number {
    return this.task.record.createdAt;
  }

  /** Takes the task up as it was stored, whoever worked on it before. */
  async begin(): Promise<void> {
    const sending = sendingMessage(this.task.record)?.messageId;
    await this.apply({ type: 'recovered', ...(sending !== undefined && { sending }) });
  }

  /** Reads the task again: a command may have been posted. Once for all hints that come before. */
  async poke(): Promise<void> {
    if (this.isPoked) return;
    this.isPoked = true;
    await this.exclusive(async () => {
      this.isPoked = false;
      const task = await this.ports.store.get(this.taskId);
      if (task) this.task = { ...this.task, inbox: task.inbox, commands: task.commands };
      await this.consumeCommands();
    });
  }

  /** Tries again to leave `queued`. */
  async admit(): Promise<void> {
    // A try of its own may be under way; what comes of it counts first.
    await this.planning;
    await this.attendPlan(true);
  }

  private attendPlan(isNext: boolean): Promise<void> {
    if (!this.busy.has('plan')) this.planning = this.attend('plan', () => this.plan(isNext));
    return this.planning;
  }

  /** Ends all work of this runner without any decision about the task: another process will take it up. */
  async halt(): Promise<void> {
    this.end();
    await this.follower?.settled(SETTLE_MS);
    await this.queue;
  }

  /** Stores what follows from a fact and then does it. Returns whether it is stored: not where this process gave the task up. */
  async apply(input: Input): Promise<boolean> {
    let isStored = false;
    await this.inOrder(async () => {
      await this.consumeCommands();
      // Names that a verb tells while it settles are stored even then: nobody else will hear them.
      if (!this.halted || input.type === 'handle') isStored = await this.transition(input);
    });
    return isStored;
  }

  private end(): void {
    this.halted = true;
    this.halting.abort(ABORTED);
    this.timer?.callOff();
    void this.follower?.abort(SETTLE_MS);
  }

  /** Nothing once this runner has been halted. Never rejects. */
  private exclusive(work: () => Promise<void>): Promise<void> {
    return this.inOrder(async () => {
      if (!this.halted) await work();
    });
  }

  /** One piece of work on the task at a time. Never rejects. */
  private inOrder(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(work).catch((error: unknown) => this.fail(error));
    return this.queue;
  }

  /** A store that cannot be written stops everything; any other fault stops this task alone, until the next owner takes it up. */
  private fail(error: unknown): void {
    if (this.halted) return;
    const failure = toDispatchError(error);
    const { code, message } = failure;
    this.ports.logger.warn('a task cannot go on here', { taskId: this.taskId, code, error: message });
    if (FATAL.has(code)) this.hooks.storeFailed(failure);
    this.retire();
  }

  private async consumeCommands(): Promise<void> {
    while (!this.halted) {
      const command = this.task.commands.find(({ inbox }) => inbox > this.task.consumed);
      if (command === undefined) return;
      await this.transition({ type: 'command', command }, command.inbox);
    }
  }

  /** What cannot be decided or stored of one task must not stop the others: the task is ended instead. */
  private async transition(input: Input, consumed?: number): Promise<boolean> {
    try {
      return await this.decide(input, consumed);
    } catch (error) {
      if (isStoreError(error) || input.type === 'broken') throw error;
      const broken = storedError(error, this.ports.redactor([]));
      this.ports.logger.warn('a fact cannot be stored', {
        taskId: this.taskId,
        fact: input.type,
        code: broken.code,
        error: broken.message,
      });
      // A command counts as read with it: else it would stand in the way of every later owner, too.
      await this.decide({ type: 'broken', error: broken }, consumed);
      return false;
    }
  }

  /** Returns whether the fact is stored. */
  private async decide(input: Input, consumed?: number): Promise<boolean> {
    for (;;) {
      const before = this.task.record;
      const { slots } = this.task;
      const next = advance(before, input, this.ports.store.now());
      const rules = this.ports.slots(before.request, before.route);
      const change = changeFor(this.task, { input, next, consumed, rules });
      const [result] = change === undefined ? [undefined] : await this.ports.store.commit([change]);
      switch (result?.status) {
        case 'conflict':
          this.task = result.task;
          if (consumed !== undefined && this.task.consumed >= consumed) return true;
          if (consumed === undefined) await this.consumeCommands();
          if (this.halted && input.type !== 'handle') return false;
          continue;
        case 'fenced':
          this.retire();
          return false;
        case 'overLimit':
          if (input.type === 'planned') {
            await this.wait(result.key, result.retryAt);
            return false;
          }
          // Others use what was to be removed: it is left to them. Or none does any more: it is removed after all.
          if (input.type === 'still-shared') return false;
          await this.decide({ type: 'still-shared', slot: result.key });
          if (this.halted) return false;
          continue;
        case 'ok':
          this.task = result.task;
          if (input.type === 'planned') this.hooks.admitted(this);
          if (!isTerminal(before.status) && isTerminal(next.record.status)) tellEnd(this.ports.tracer, next.record);
          break;
        case undefined:
      }
      if (change?.admission) this.hooks.slotsFreed(freedBy(slots, change.admission));
      // Halted while this was being stored: what follows is for the next owner to do.
      if (this.halted) return true;
      for (const effect of next.effects) this.perform(effect);
      this.rest();
      return true;
    }
  }

  private async wait(slot: string, retryAt?: number): Promise<void> {
    this.hooks.waiting(this, slot, retryAt);
    if (this.task.record.waitingFor !== slot) await this.transition({ type: 'waiting', slot });
    this.arm();
  }

  private retire(): void {
    this.end();
    this.hooks.settled(this);
  }

  private rest(): void {
    if (atRest(this.task.record)) this.retire();
    else this.arm();
  }

  /** One timer for whatever is due next. One that rings too early only looks again: most facts put off what is due. */
  private arm(): void {
    const due = nextDue(this.task.record, this.follower?.lastContactAt);
    if (due === undefined || this.halted || (this.timer && this.timer.at <= due)) return;
    this.timer?.callOff();
    const now = this.ports.clock.now();
    const at = Math.min(Math.max(due, now), now + LONGEST_TIMER_MS);
    this.timer = { at, callOff: after(this.ports.clock, at - now, () => this.tick()) };
  }

  private tick(): void {
    this.timer = undefined;
    void this.apply({ type: 'tick', lastContactAt: this.follower?.lastContactAt });
  }

  /** Effects run beside the queue: what they learn comes back as facts. */
  private perform(effect: Effect): void {
    const current = (): TaskRecord => this.task.record;
    switch (effect) {
      case 'provision':
      case 'start':
      case 'resume':
        return this.follow(effect);
      case 'plan':
        return void this.attendPlan(false);
      case 'stop':
        return void this.attend(effect, () => this.effects.stop(current, this.follower));
      case 'collect':
        return void this.attend(effect, () => this.effects.collect(current()));
      case 'send':
        return void this.attend(effect, () => this.effects.send(current()));
      case 'cleanup':
        return void this.attend(effect, () => this.effects.cleanup(current, this.follower));
    }
  }

  /** Not a second time while it is under way. Never rejects. */
  private async attend(effect: Effect, work: () => Promise<Input | undefined>): Promise<void> {
    if (this.busy.has(effect) || this.halted) return;
    this.busy.add(effect);
    try {
      const input = await work();
      this.busy.delete(effect);
      if (input) await this.apply(input);
    } catch (error) {
      this.fail(error);
    } finally {
      this.busy.delete(effect);
    }
  }

  private follow(verb: StreamingVerb): void {
    const former = this.follower?.settled(SETTLE_MS);
    this.follower = new Follower(verb, this.task, this.verbs, this.ports, (input) => this.apply(input));
    this.follower.run(former).catch((error: unknown) => this.fail(error));
  }

  /** @param isNext it was this task's turn; else it goes behind those who wait already. */
  private async plan(isNext: boolean): Promise<Input | undefined> {
    const { record } = this.task;
    if (record.status !== 'queued') return undefined;
    const isAdmitted = this.task.slots.length > 0;
    const line = isAdmitted ? undefined : this.hooks.line(this, this.slots(), isNext);
    if (line !== undefined) {
      await this.exclusive(() => this.wait(line));
      return undefined;
    }
    return await this.effects.plan(record);
  }

  private slots(): string[] {
    const { request, route } = this.task.record;
    return this.ports.slots(request, route).map(({ key }) => key);
  }
}
