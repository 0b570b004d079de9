// Why the work must stop before its end: the deadline, a cancel, or a signal from elsewhere. The first reason stands.

export type StopReason = 'deadline' | 'cancelled' | 'terminated';

/** Timers stand still while a machine sleeps, so the wall clock is asked again at least this often. */
const LONGEST_TIMER_MS = 15_000;

export class StopRequest {
  #reason: StopReason | undefined;
  #notify: (() => void) | undefined;

  /**
   * Listens from now on.
   * @param isCancelled tells a cancel, which leaves its mark before it signals, from a signal sent by anyone else.
   */
  constructor(
    readonly deadline: number,
    isCancelled: () => boolean,
  ) {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        this.#request(isCancelled() ? 'cancelled' : 'terminated');
      });
    }
    this.#watchDeadline();
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** Calls back once, at once when the request is there already. */
  onRequest(notify: () => void): void {
    this.#notify = notify;
    if (this.#reason) notify();
  }

  #request(reason: StopReason): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#notify?.();
  }

  #watchDeadline(): void {
    const left = this.deadline - Date.now();
    if (left <= 0) {
      this.#request('deadline');
      return;
    }
    setTimeout(
      () => {
        this.#watchDeadline();
      },
      Math.min(left, LONGEST_TIMER_MS),
    ).unref();
  }
}
