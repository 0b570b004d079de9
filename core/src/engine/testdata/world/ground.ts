// Where the hosts of a modelled world keep their tasks, and what a crash does to that.
import { setImmediate as turn } from 'node:timers/promises';
import { LocalStore, MemoryPlace, MemoryStore, type TaskStore } from '../../../store/index.js';
import { PowerLossFiles, type Loss } from '../../../store/testdata/power-loss-files.js';
import type { Timeline } from './timeline.js';

export interface Ground {
  newStore(): TaskStore;
  /** Owners whose tasks a successor has to take over itself. */
  abandoned(): string[];
  /** The host is gone, and what it had not made durable may be. */
  crash(): void;
  /** What one step set off has come to where it waits for its turn. */
  settle(): Promise<void>;
}

/** Hints of the store take a turn of the event loop, all else waits for nothing but promises. */
export class MemoryGround implements Ground {
  private readonly place = new MemoryPlace();

  constructor(private readonly timeline: Timeline) {}

  newStore(): TaskStore {
    return new MemoryStore({ clock: this.timeline, place: this.place });
  }

  abandoned(): string[] {
    return this.place.table.owners();
  }

  crash(): void {
    // What was stored is durable at once.
  }

  async settle(): Promise<void> {
    await turn();
    await turn();
  }
}

/** Turns of the event loop without a new operation on files, after which the store waits for somebody else. */
const QUIET_TURNS = 6;

/** A disk that loses at each crash what was not synced. */
export class DiskGround implements Ground {
  private readonly files = new PowerLossFiles();

  constructor(
    private readonly timeline: Timeline,
    private readonly loss: Loss,
  ) {}

  newStore(): TaskStore {
    return new LocalStore({
      stateDir: '/state',
      clock: this.timeline,
      files: this.files,
      liveness: () => 'dead',
      segmentBytes: 20_000,
      checkpointBytes: 40_000,
    });
  }

  abandoned(): string[] {
    return [];
  }

  crash(): void {
    this.files.restart(this.loss);
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS;) {
      const { begun } = this.files;
      await turn();
      quiet = this.files.begun === begun ? quiet + 1 : 0;
    }
  }
}
