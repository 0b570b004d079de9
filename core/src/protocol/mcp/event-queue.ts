// Events that callbacks tell, in order, for the one generator that yields them.

export class EventQueue<Event> {
  readonly #events: Event[] = [];
  #wake: (() => void) | undefined;
  #drained: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  push(event: Event): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** Resolves when fewer events wait than the limit. */
  readonly room = async (): Promise<void> => {
    if (this.#events.length < this.limit) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  };

  /** Everything told until `work` settles; returns what it gives. Errors: those of `work`, after all events. */
  async *during<Result>(work: Promise<Result>): AsyncGenerator<Event, Result> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
      this.#wake?.();
    };
    work.then(end, end);
    while (!isOver) {
      yield* this.#waiting();
      if (isOver || this.#events.length > 0) continue;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    yield* this.#waiting();
    return await work;
  }

  /** Those that are there now: whoever tells without end must not keep us. */
  *#waiting(): Generator<Event> {
    for (let count = this.#events.length; count > 0; count -= 1) {
      const event = this.#take();
      if (event !== undefined) yield event;
    }
  }

  #take(): Event | undefined {
    const event = this.#events.shift();
    if (this.#events.length < this.limit) for (const resolve of this.#drained.splice(0)) resolve();
    return event;
  }
}
