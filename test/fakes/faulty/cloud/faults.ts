// What goes wrong on purpose: which request meets which fault, how often. Says nothing about how a fault is carried out.

/** A kind of request, as the target details and `inject` name it. */
export type Operation = 'provision' | 'look' | 'remove' | 'door' | 'start' | 'find' | 'follow' | 'stop' | 'list';

/** See `faults` in manifest.json for the members, README.md for what each kind does. */
export interface Fault {
  readonly at: Operation;
  readonly kind:
    | 'error'
    | 'hang'
    | 'lost-response'
    | 'late'
    | 'kill-host'
    | 'slow'
    | 'linger'
    | 'keep'
    | 'duplicate'
    | 'reset'
    | 'forget';
  /** Default 1. */
  readonly times?: number;
  /** Default 500. */
  readonly status?: number;
  readonly ms?: number;
  readonly before?: boolean;
  readonly events?: number;
}

interface Pending {
  readonly taskId: string | undefined;
  readonly fault: Fault;
  left: number;
}

export class FaultPlan {
  #pending: Pending[] = [];
  /** Tasks whose own faults were taken over: a task orders them once, however often and from wherever it calls. */
  readonly #known = new Set<string>();

  /** @param taskId default any task. */
  inject(fault: Fault, taskId?: string): void {
    this.#pending.push({ taskId, fault, left: fault.times ?? 1 });
  }

  /** The faults that a task's target details order. */
  ordered(taskId: string, faults: readonly Fault[]): void {
    if (this.#known.has(taskId)) return;
    this.#known.add(taskId);
    for (const fault of faults) this.inject(fault, taskId);
  }

  /** The fault that the next such request meets, used up by asking. */
  take(operation: Operation, taskId: string): Fault | undefined {
    const found = this.#pending.find(
      (pending) => pending.fault.at === operation && (pending.taskId ?? taskId) === taskId,
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#pending = this.#pending.filter((pending) => pending !== found);
    return found.fault;
  }

  /** Ordered and not met yet. */
  get outstanding(): readonly Fault[] {
    return this.#pending.map(({ fault }) => fault);
  }
}
