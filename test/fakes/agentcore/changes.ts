// Lets tests wait for what the fake has seen, without sleeping: a condition is looked at again after every change.

export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Tells everyone who waits that something changed. */
  notify(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves once `condition` holds: at once when it does already. Never rejects; the test's own timeout is the limit. */
  when(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
