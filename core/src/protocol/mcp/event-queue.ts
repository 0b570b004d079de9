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
    const over = work.then(
      () => this.#end(() => (isOver = true)),
      () => this.#end(() => (isOver = true)),
    );
    for (;;) {
      for (let event = this.#take(); event !== undefined; event = this.#take()) yield event;
      if (isOver) break;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    await over;
    return await work;
  }

  #end(settle: () => void): void {
    settle();
    this.#wake?.();
  }

  #take(): Event | undefined {
    const event = this.#events.shift();
    if (this.#events.length < this.limit) for (const resolve of this.#drained.splice(0)) resolve();
    return event;
  }
}
