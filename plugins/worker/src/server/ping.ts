// What the cloud asks to learn whether the machine may go to sleep. The time is that of the last change: a new one with every
// answer would keep the machine awake, and billed, for ever.

export type PingStatus = 'Healthy' | 'HealthyBusy';

export class Ping {
  readonly #now: () => number;
  #status: PingStatus = 'Healthy';
  /** Unix seconds. Taken at the first request: machines restored from one snapshot must not share it. */
  #changedAt: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  update(isBusy: boolean): void {
    const status = isBusy ? 'HealthyBusy' : 'Healthy';
    if (status === this.#status) return;
    this.#status = status;
    this.#changedAt = this.#seconds();
  }

  answer(): { status: PingStatus; time_of_last_update: number } {
    this.#changedAt ??= this.#seconds();
    return { status: this.#status, time_of_last_update: this.#changedAt };
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}
