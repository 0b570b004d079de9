// How long to wait before an agent is asked again: ever longer while nothing is new, and shortly while a question is open.
import type { DriverContext } from '../../provider/index.js';

const USUAL = { first: 1000, longest: 10_000 } as const;
const ASKING = { first: 250, longest: 1000 } as const;
const GROWTH = 1.6;

export class Pauses {
  private wait: number | undefined;

  constructor(private readonly context: Pick<DriverContext, 'clock' | 'signal' | 'pace'>) {}

  /** Something was new. */
  reset(): void {
    this.wait = undefined;
  }

  /** Resolves when it is time to ask. Errors: the signal's reason. */
  async next(isAsking: boolean): Promise<void> {
    const { clock, signal, pace } = this.context;
    const { first, longest } = isAsking ? ASKING : USUAL;
    const wait = Math.min(this.wait ?? first, longest);
    this.wait = wait * GROWTH;
    await clock.sleep(wait, signal);
    await pace();
  }
}
