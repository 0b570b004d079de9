// One modelled world: hosts that come and go on one store, a cloud that keeps the truth, and the moves of a script.
// After the last move everything goes on in order until all tasks rest, or long past every deadline.
import type { TaskRecord } from '@agent-dispatch/schemas';
import { createRedactor } from '../../../policy/index.js';
import type { Driver, Logger } from '../../../provider/index.js';
import { newTaskId, type TaskStore } from '../../../store/index.js';
import { Engine, untraced, type EnginePorts } from '../../index.js';
import { atRest } from '../../change.js';
import { newTask, SECOND } from '../tasks.js';
import { slotsOf } from './accounts.js';
import { MemoryGround, type Ground } from './ground.js';
import { Cloud } from './cloud.js';
import { cloudDriver, type Stage } from './cloud-driver.js';
import { Rules, type PromiseName } from './rules.js';
import { RULES, type Move, type Script, type TaskScript } from './script.js';
import { slowStore } from './slow-store.js';
import { Timeline } from './timeline.js';

/** Well past the longest deadline, cancel and cleanup budget: who does not rest by then is stuck. Milliseconds. */
const PATIENCE_MS = 2 * 24 * 3600 * SECOND;
/** More steps than any world takes that comes to rest. */
const MAX_STEPS = 250_000;
const SILENT: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

interface Task {
  script: TaskScript;
  record: TaskRecord;
  acknowledged: boolean;
}

interface Host {
  name: string;
  store: TaskStore;
  /** The same without the way to it. */
  real: TaskStore;
  engine: Engine;
  isReady: boolean;
  isStopping: boolean;
  failNext: () => void;
}

export interface Outcome {
  broken: readonly { promise: PromiseName; what: string }[];
  /** What happened, line by line. */
  story: readonly string[];
  steps: number;
}

/** @param ground where the hosts keep their tasks. Default: in memory that outlives them. */
export async function play(script: Script, ground?: (timeline: Timeline) => Ground): Promise<Outcome> {
  return await new World(script, ground).play();
}

class World {
  private readonly timeline = new Timeline();
  private readonly ground: Ground;
  private readonly cloud = new Cloud(this.timeline);
  private readonly story: string[] = [];
  private readonly rules = new Rules(this.cloud, () => this.timeline.now(), this.story);
  private readonly tasks: Task[] = [];
  private readonly stage: Stage;
  private host: Host;
  private hosts = 0;
  private hasFailed = false;
  private steps = 0;

  constructor(
    private readonly script: Script,
    ground = (timeline: Timeline): Ground => new MemoryGround(timeline),
  ) {
    this.ground = ground(this.timeline);
    const scripts = new Map<string, TaskScript>();
    this.stage = {
      timeline: this.timeline,
      cloud: this.cloud,
      witness: this.rules,
      scriptOf: (taskId) => {
        const known = scripts.get(taskId) ?? this.tasks.find(({ record }) => record.taskId === taskId)?.script;
        if (!known) throw new TypeError(`no script for ${taskId}`);
        // Answers are used up, and the script belongs to whoever shrinks it.
        if (!scripts.has(taskId)) scripts.set(taskId, structuredClone(known));
        return scripts.get(taskId) ?? known;
      },
    };
    this.host = this.boot();
  }

  async play(): Promise<Outcome> {
    await this.ground.settle();
    this.submit();
    for (const move of this.script.moves) {
      await this.move(move);
      await this.settled();
    }
    while (this.tasks.length < this.script.tasks.length) this.submit();
    await this.settled();
    await this.comeToRest();
    for (const { script, record, acknowledged } of this.tasks) {
      const { taskId } = record;
      if (!acknowledged) this.rules.breaks('rest', 'a task could not be handed over');
      else this.rules.final({ script, taskId, ...(await this.lookAt(taskId)) });
    }
    this.rules.finalCloud(this.tasks.some(({ script }) => script.keepsAll));
    this.timeline.drop(this.host.name);
    return { broken: this.rules.broken, story: this.story, steps: this.steps };
  }

  private async move([kind, n = 0]: Move): Promise<void> {
    if (kind !== 'go' && kind !== 'flow') this.tell(`-- ${kind} ${String(n)}`);
    switch (kind) {
      case 'go': {
        const ready = this.timeline.ready();
        return await this.choose(n % Math.max(ready.length, 1));
      }
      case 'flow':
        for (let left = n; left > 0; left -= 1) await this.choose(0);
        return;
      case 'time':
        return await this.passTime(this.timeline.nextAt());
      case 'jump':
        return await this.passTime(this.timeline.now() + n * SECOND);
      case 'submit':
        if (this.tasks.length < this.script.tasks.length) this.submit();
        return;
      case 'cancel':
        return this.cancel(this.tasks[n % this.tasks.length]);
      case 'crash':
        return this.crash();
      case 'stop':
        return this.stop();
      case 'fail':
        return this.host.failNext();
    }
  }

  private async choose(index: number): Promise<void> {
    const next = this.timeline.ready()[index];
    if (!next) return;
    this.tell(`${next.owner}: ${next.label}`);
    this.timeline.choose(next);
    await this.settled();
  }

  private async passTime(to: number | undefined): Promise<void> {
    if (to === undefined) return;
    for (const done of this.timeline.moveTo(to)) this.tell(`cloud: ${done}`);
    await this.settled();
  }

  /** What one step set off has come to where it waits for its turn. */
  private async settled(): Promise<void> {
    this.steps += 1;
    await this.ground.settle();
    if (this.hasFailed) this.crash();
    this.rules.count(new Map(this.tasks.map(({ record, script }) => [record.taskId, script])));
  }

  private async comeToRest(): Promise<void> {
    const end = this.timeline.now() + PATIENCE_MS;
    while (!this.isAtRest() && this.timeline.now() < end && this.steps < MAX_STEPS) {
      const ready = this.timeline.ready();
      if (ready.length === 0) await this.passTime(this.timeline.nextAt() ?? end);
      for (const next of ready) {
        this.tell(`${next.owner}: ${next.label}`);
        this.timeline.choose(next);
      }
      if (ready.length > 0) await this.settled();
    }
    // What was promised, and what was still on its way, comes true.
    await this.passTime(this.timeline.now() + 60 * SECOND);
  }

  private isAtRest(): boolean {
    if (!this.host.isReady) return false;
    return this.tasks.every(({ record, acknowledged }) => {
      const stored = this.rules.stored(record.taskId);
      return acknowledged && stored !== undefined && atRest(stored);
    });
  }

  private submit(): void {
    const script = this.script.tasks[this.tasks.length];
    if (!script) return;
    const task = { script, record: this.recordOf(script, this.tasks.length), acknowledged: false };
    this.tasks.push(task);
    if (this.host.isReady) this.handOver(task);
  }

  /** As a front door does: with the same key again, when nobody said that it was accepted. */
  private handOver(task: Task): void {
    const { record } = task;
    const idempotency = { key: record.taskId, hash: 'same' };
    const options = { events: [{ type: 'accepted' as const }], wakeAt: this.timeline.now(), idempotency };
    this.host.store.create(record, options).then(
      () => {
        task.acknowledged = true;
        this.rules.accepted(record);
      },
      () => undefined,
    );
  }

  private cancel(task: Task | undefined): void {
    if (!task?.acknowledged || !this.host.isReady) return;
    const { taskId } = task.record;
    this.host.store.post(taskId, { commandId: 'cancel', kind: 'cancel', body: {} }).catch(() => undefined);
  }

  private crash(): void {
    this.timeline.drop(this.host.name);
    this.ground.crash();
    this.host = this.boot();
  }

  private stop(): void {
    const { host } = this;
    if (!host.isReady || host.isStopping) return;
    host.isStopping = true;
    host.isReady = false;
    void host.engine
      .stop()
      .then(() => host.store.close())
      .catch(() => undefined)
      .then(() => {
        if (this.host === host) this.crash();
      });
  }

  private boot(): Host {
    this.hasFailed = false;
    this.hosts += 1;
    const name = `host ${String(this.hosts)}`;
    const real = this.ground.newStore();
    const { store, failNext } = slowStore(real, { host: name, timeline: this.timeline, ears: this.rules });
    const engine = new Engine(this.portsOf(name, store, cloudDriver(name, this.stage)), () => fail());
    const host: Host = { name, store, real, engine, failNext, isReady: false, isStopping: false };
    const fail = (): void => {
      if (this.host === host) this.hasFailed = true;
    };
    this.begin(host).catch(fail);
    return host;
  }

  private async begin(host: Host): Promise<void> {
    await host.store.open();
    for (const owner of this.ground.abandoned()) await host.store.takeover(owner);
    host.engine.start();
    host.isReady = true;
    for (const task of this.tasks.filter(({ acknowledged }) => !acknowledged)) this.handOver(task);
  }

  private portsOf(host: string, store: TaskStore, driver: Driver): EnginePorts {
    return {
      store,
      drivers: { load: async () => driver },
      accounts: {
        profile: (name) => ({ name, provider: 'modelled', settings: {} }),
        digest: () => newTask().route.accountDigest,
        environment: () => ({}),
      },
      secrets: { resolve: async () => ({}) },
      protocols: {
        get: () => {
          throw new TypeError('the modelled driver speaks itself');
        },
      },
      directory: (provider) => `/nowhere/${provider}`,
      redactor: (values) => createRedactor({ values }),
      clock: this.timeline.clockOf(host),
      logger: SILENT,
      tracer: untraced,
      pace: async () => undefined,
      slots: (request) => slotsOf(request).map((key) => ({ key, limit: 1, ...RULES[key] })),
    };
  }

  private recordOf(script: TaskScript, index: number): TaskRecord {
    const { resume, startIdempotent, settleSeconds, timeoutSeconds, provisionSeconds, idleSeconds } = script;
    const template = newTask({
      route: { resume, startIdempotent, settleSeconds },
      request: {
        limits: { timeoutSeconds, provisionSeconds, ...(idleSeconds !== undefined && { idleSeconds }) },
        retry: { maxAttempts: script.maxAttempts },
        labels: { slots: script.slots.join(' ') },
      },
    });
    const now = this.timeline.now();
    return {
      ...template,
      taskId: newTaskId(now, (size) => new Uint8Array(size).fill(index)),
      createdAt: now,
      updatedAt: now,
      deadlineAt: now + timeoutSeconds * SECOND,
    };
  }

  private async lookAt(taskId: string): Promise<Pick<Parameters<Rules['final']>[0], 'stored' | 'events' | 'log'>> {
    const store = this.host.real;
    const { size } = await store.readLog(taskId, 0, 0);
    const { bytes } = await store.readLog(taskId, 0, size);
    return {
      stored: await store.get(taskId),
      events: await store.readEvents(taskId, 0, 10_000),
      log: new TextDecoder().decode(bytes),
    };
  }

  private tell(line: string): void {
    const seconds = (this.timeline.now() - Date.UTC(2030, 0, 1)) / SECOND;
    this.story.push(`${seconds.toFixed(3).padStart(10)} ${line}`);
  }
}
