// The life of runtime sessions: first call boots a microVM, stop or expiry ends it, a later call boots another, empty one.
// Knows no HTTP. What it lists is the truth that tests count leaks and double starts by.
import { randomUUID } from 'node:crypto';
import type { Agent, MicroVm, PingAnswer } from '../agents/agent.js';
import type { Changes } from '../changes.js';
import type { Clock } from '../clock.js';
import { deferred } from '../deferred.js';
import { Disk } from './disk.js';
import type { RuntimeRecord } from './runtimes.js';

export type SessionState = 'alive' | 'stopped' | 'expired';

/** What a test sees of one session. An `alive` one that nobody uses any more is a leak. */
export interface SessionView {
  readonly sessionId: string;
  readonly runtimeName: string;
  readonly runtimeArn: string;
  readonly account: string;
  readonly region: string;
  readonly qualifier: string;
  readonly state: SessionState;
  /** One for each microVM this session has had, oldest first. */
  readonly bootIds: readonly string[];
  /** Calls that reached an agent: counts each start, whatever became of it. */
  readonly executions: number;
  /** Stops that took effect; replays and stops of a dead session do not count. */
  readonly stops: number;
  /** Calls still running. */
  readonly active: number;
}

/** A session is known to one endpoint of one runtime. */
export interface SessionKey {
  readonly runtime: RuntimeRecord;
  readonly qualifier: string;
  readonly sessionId: string;
}

interface Session extends SessionKey {
  readonly agent: Agent;
  readonly bootIds: string[];
  state: SessionState;
  vm: LiveVm | undefined;
  executions: number;
  stops: number;
}

/** A microVM with the part that agents do not see. */
export interface LiveVm extends MicroVm {
  /** Resolves when the microVM is gone. */
  readonly gone: Promise<void>;
}

interface VmLife {
  readonly end: () => void;
  readonly cancelLifetime: () => void;
  cancelIdle: () => void;
  active: number;
}

export class SessionTable {
  readonly #sessions = new Map<string, Session>();
  readonly #lives = new WeakMap<LiveVm, VmLife>();

  constructor(
    private readonly clock: Clock,
    private readonly changes: Changes,
  ) {}

  /** The microVM of a session; boots one when there is none. */
  enter(key: SessionKey, agent: Agent): LiveVm {
    const session = this.#find(key) ?? this.#create(key, agent);
    return session.vm ?? this.#boot(session);
  }

  isAlive(key: SessionKey): boolean {
    return this.#find(key)?.vm !== undefined;
  }

  aliveIn(account: string, region: string): number {
    return this.list().filter((view) => view.state === 'alive' && view.account === account && view.region === region)
      .length;
  }

  /** Keeps the session from idling until the returned function is called. `counts` marks an execution of the agent. */
  occupy(key: SessionKey, vm: LiveVm, { counts }: { counts: boolean }): () => void {
    const session = this.#find(key);
    const life = this.#lives.get(vm);
    if (session === undefined || life === undefined) throw new TypeError('occupy is for a microVM that enter gave');
    if (counts) session.executions += 1;
    life.active += 1;
    life.cancelIdle();
    this.changes.notify();
    return () => {
      life.active -= 1;
      if (life.active === 0 && session.vm === vm) this.#armIdle(session, vm, life);
      this.changes.notify();
    };
  }

  /** Ends a live session; false when there is none. */
  stop(key: SessionKey): boolean {
    const session = this.#find(key);
    if (session?.vm === undefined) return false;
    session.stops += 1;
    this.#end(session, 'stopped');
    return true;
  }

  /** Ends what lives on a runtime that goes away. */
  endAll(runtime: RuntimeRecord): void {
    for (const session of this.#sessions.values()) if (session.runtime === runtime) this.#end(session, 'expired');
  }

  list(): SessionView[] {
    return [...this.#sessions.values()].map((session) => this.#view(session));
  }

  /** Ends every microVM, without touching what `list` says. */
  close(): void {
    for (const session of this.#sessions.values()) {
      if (session.vm !== undefined) this.#release(session, session.vm);
    }
  }

  #create(key: SessionKey, agent: Agent): Session {
    const session: Session = { ...key, agent, bootIds: [], state: 'alive', vm: undefined, executions: 0, stops: 0 };
    this.#sessions.set(nameOf(key), session);
    return session;
  }

  #boot(session: Session): LiveVm {
    const { promise: gone, resolve: end } = deferred();
    const disk = new Disk();
    const vm: LiveVm = {
      bootId: randomUUID(),
      sessionId: session.sessionId,
      runtimeName: session.runtime.name,
      protocol: session.runtime.protocol,
      environment: session.runtime.environment,
      memory: new Map(),
      directory: disk.path,
      die: () => {
        if (session.vm === vm) this.#end(session, 'expired');
      },
      gone,
    };
    void gone.then(disk.remove);
    session.vm = vm;
    session.state = 'alive';
    session.bootIds.push(vm.bootId);
    const cancelLifetime = this.clock.schedule(session.runtime.maxLifetimeSeconds * 1000, () =>
      this.#end(session, 'expired'),
    );
    const life: VmLife = { end, cancelLifetime, cancelIdle: () => undefined, active: 0 };
    this.#lives.set(vm, life);
    this.#armIdle(session, vm, life);
    this.changes.notify();
    return vm;
  }

  #armIdle(session: Session, vm: LiveVm, life: VmLife, afterMs = session.runtime.idleSeconds * 1000): void {
    life.cancelIdle();
    life.cancelIdle = this.clock.schedule(afterMs, () => {
      if (session.agent.ping === undefined) this.#end(session, 'expired');
      else void this.#askBeforeExpiry(session, vm, life);
    });
  }

  async #askBeforeExpiry(session: Session, vm: LiveVm, life: VmLife): Promise<void> {
    const { status, changedAt = -Infinity } = await pingOf(session.agent, vm);
    if (session.vm !== vm || life.active > 0) return;
    const idleMs = session.runtime.idleSeconds * 1000;
    const leftMs = status === 'Healthy' ? changedAt + idleMs - this.clock.now() : idleMs;
    if (leftMs <= 0) {
      this.#end(session, 'expired');
      return;
    }
    this.#armIdle(session, vm, life, leftMs);
    this.changes.notify();
  }

  #end(session: Session, state: SessionState): void {
    const { vm } = session;
    if (vm === undefined) return;
    session.vm = undefined;
    session.state = state;
    this.#release(session, vm);
    this.changes.notify();
  }

  #release(session: Session, vm: LiveVm): void {
    const life = this.#lives.get(vm);
    life?.cancelLifetime();
    life?.cancelIdle();
    life?.end();
    session.agent.ended?.(vm);
  }

  #view(session: Session): SessionView {
    const { runtime, vm } = session;
    return {
      sessionId: session.sessionId,
      runtimeName: runtime.name,
      runtimeArn: runtime.arn,
      account: runtime.account,
      region: runtime.region,
      qualifier: session.qualifier,
      state: session.state,
      bootIds: [...session.bootIds],
      executions: session.executions,
      stops: session.stops,
      active: (vm && this.#lives.get(vm)?.active) ?? 0,
    };
  }

  #find(key: SessionKey): Session | undefined {
    return this.#sessions.get(nameOf(key));
  }
}

async function pingOf(agent: Agent, vm: MicroVm): Promise<PingAnswer> {
  try {
    return (await agent.ping?.(vm)) ?? { status: 'Healthy' };
  } catch {
    // A container that cannot answer its ping is not busy.
    return { status: 'Healthy' };
  }
}

function nameOf({ runtime, qualifier, sessionId }: SessionKey): string {
  return [runtime.arn, qualifier, sessionId].join('|');
}
