// The answer to an open question: taken from the mailbox when it fits the question, and acknowledged only when the agent has it.
import type { ResumeEntry } from '@ag-ui/core';
import { isDispatchError } from '../../errors/index.js';
import type { DriverContext } from '../../provider/index.js';
import type { Mailbox } from '../mailbox/mailbox.js';
import { type OpenQuestion, resumeEntries } from './questions.js';

export class Answer {
  /** The first answer that fits. Rejects with the signal's reason when it aborts first. */
  readonly entries: Promise<ResumeEntry[]>;
  readonly #sent: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  /** From here on the question can be answered. */
  constructor(
    private readonly mailbox: Mailbox,
    private readonly context: DriverContext,
    private readonly question: OpenQuestion,
  ) {
    this.#sent = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.entries = new Promise((resolve, reject) => void this.#wait(resolve).catch(reject));
    // Nobody need wait for them.
    for (const promise of [this.#sent, this.entries]) promise.catch(() => undefined);
  }

  /** The agent has it. */
  passedOn(): void {
    this.#resolve();
  }

  /** The agent was not given it; the rules of a driver's `send` hold for the error. Without effect after `passedOn`. */
  failed(error: unknown): void {
    this.#reject(error);
  }

  async #wait(take: (entries: ResumeEntry[]) => void): Promise<void> {
    const { mailbox, context, question } = this;
    for (;;) {
      try {
        return await mailbox.answer(context, question.request.requestId, context.signal, async (message) => {
          take(resumeEntries(question, message, context.clock.now()));
          await this.#sent;
        });
      } catch (error) {
        // One that does not fit is rejected, and the question stays open.
        if (!isDispatchError(error) || error.code !== 'AD_INPUT_INVALID') throw error;
      }
    }
  }
}
