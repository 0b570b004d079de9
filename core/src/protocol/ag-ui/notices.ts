// What the host itself has to say about an agent's stream: each thing once, in the task's log.
import type { DriverEvent } from '../../provider/index.js';

const TEXTS = {
  otherRun: 'The agent names another run or thread than it was asked for; it is followed all the same.',
  unknownType: 'The agent sent an event of a type that is not known here; such events are left out.',
  unknownOutcome: 'The agent ended its run with an outcome that is not known here; it counts as success.',
  afterEnd: 'The agent sent events after the end of its run; they are left out.',
  tooMuch: 'The agent tells too much of its steps and tools; from here on that is left out.',
  patchFailed: "A change to the agent's state does not apply; it is left out.",
  stateLost: "The agent's state is too large to be kept.",
  historyLost: 'The conversation is too long to be kept; the agent has to know it itself when it goes on.',
  questionCut: 'A question of the agent is too long, or its schema too large; it was cut.',
} as const;

export type Notice = keyof typeof TEXTS;

export class Notices {
  readonly #told = new Set<Notice>();

  /** @param detail short, of the agent; the first one alone is told. */
  *tell(notice: Notice, detail?: string): Generator<DriverEvent, void> {
    if (this.#told.has(notice)) return;
    this.#told.add(notice);
    const more = detail === undefined ? '' : ` (${detail.slice(0, 200)})`;
    yield { type: 'log', stream: 'system', text: `${TEXTS[notice]}${more}\n` };
  }
}
