// Sleeps that are called off more often than not: every fact about a task arms another. An abort without a reason makes
// an exception with a stack each time, which costs more than the rest of a transition; all of these share one.
import type { Clock } from '../provider/index.js';

const CALLED_OFF = new Error('the timer was called off');

/** Calls `then` after `ms`. Returns the function that calls it off. */
export function after(clock: Clock, ms: number, then: () => void): () => void {
  const controller = new AbortController();
  clock.sleep(ms, controller.signal).then(then, () => undefined);
  return () => controller.abort(CALLED_OFF);
}

/** Resolves when `work` does, which never rejects, or after `ms`. */
export function atMost(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const callOff = after(clock, ms, resolve);
    void work.then(() => {
      callOff();
      resolve();
    });
  });
}
