// Lets a test hold its agent where it wants it: the agent waits at a gate until the test opens it. No timers.

export class Gates {
  private readonly opened = new Map<number, { promise: Promise<void>; open: () => void }>();

  /** Resolves once the gate is open. */
  async at(gate: number): Promise<void> {
    await this.gate(gate).promise;
  }

  open(gate: number): void {
    this.gate(gate).open();
  }

  private gate(number: number): { promise: Promise<void>; open: () => void } {
    const known = this.opened.get(number);
    if (known !== undefined) return known;
    let open = (): void => undefined;
    const promise = new Promise<void>((resolve) => (open = resolve));
    const gate = { promise, open };
    this.opened.set(number, gate);
    return gate;
  }
}
