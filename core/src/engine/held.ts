// No effect on the world is begun while it is in doubt whether this process still owns its tasks.
import { DispatchError } from '../errors/index.js';
import type { Clock } from '../provider/index.js';
import type { TaskStore } from '../store/index.js';

const LOOK_MS = 250;

/** Resolves when the session is held. Errors: AD_STORE_SESSION_LOST; the signal's reason when it aborts first. */
export async function untilHeld(store: TaskStore, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { state } = store.session;
    if (state === 'held') return;
    if (state === 'lost')
      throw new DispatchError('AD_STORE_SESSION_LOST', 'This process does not own its tasks any more.');
    await clock.sleep(LOOK_MS, signal);
  }
}
