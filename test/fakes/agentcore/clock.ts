// The clock every time rule of the fake runs on: session expiry, late landings, slow bodies, log times.
// A test either lets real time pass (optionally faster) or moves a manual clock by hand; nothing here sleeps by itself.

/** Time as the fake sees it, in epoch milliseconds. */
export interface Clock {
  now(): number;
  /** Calls `action` once, `delayMs` from now. The returned function cancels it. */
  schedule(delayMs: number, action: () => void): () => void;
}

/** Real time; `speed` 60 lets a minute of the fake pass in one real second. Default 1. Timers do not keep the process alive. */
export function systemClock(speed = 1): Clock {
  const origin = Date.now();
  return {
    now: () => origin + (Date.now() - origin) * speed,
    schedule(delayMs, action) {
      const timer = setTimeout(action, delayMs / speed);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

interface Appointment {
  readonly due: number;
  readonly action: () => void;
}

/** Time that moves only when a test says so. */
export class ManualClock implements Clock {
  #now: number;
  readonly #appointments = new Set<Appointment>();

  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, action: () => void): () => void {
    const appointment = { due: this.#now + delayMs, action };
    this.#appointments.add(appointment);
    return () => this.#appointments.delete(appointment);
  }

  /** How many actions wait for their time. */
  get scheduled(): number {
    return this.#appointments.size;
  }

  /** Moves time on, running what falls due in order; an action may schedule more within the same stretch. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#earliest(until); next !== undefined; next = this.#earliest(until)) {
      this.#appointments.delete(next);
      this.#now = next.due;
      next.action();
    }
    this.#now = until;
  }

  #earliest(until: number): Appointment | undefined {
    let earliest: Appointment | undefined;
    for (const candidate of this.#appointments) {
      if (candidate.due <= until && (earliest === undefined || candidate.due < earliest.due)) {
        earliest = candidate;
      }
    }
    return earliest;
  }
}
