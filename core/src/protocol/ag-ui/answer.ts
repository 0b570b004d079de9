// The answer to an open question: taken from the mailbox when it fits the question, and acknowledged only when the agent has it.
import type { ResumeEntry } from '@ag-ui/core';
import { isDispatchError } from '../../errors/index.js';
import type { DriverContext } from '../../provider/index.js';
import type { Mailbox } from '../mailbox/mailbox.js';
import { type OpenQuestion, resumeEntries } from './questions.js';

export class Answer {
  /** The first answer that fits. Rejects with the signal's reason when it aborts first. */
  readonly entries: Promise<ResumeEntry[]>;
  #passedOn!: () => void;
  #failed!: (error: unknown) => void;

  /** From here on the question can be answered. */
  constructor(mailbox: Mailbox, context: DriverContext, question: OpenQuestion) {
    const passedOn = new Promise<void>((resolve, reject) => {
      this.#passedOn = resolve;
      this.#failed = reject;
    });
    this.entries = new Promise((resolve, reject) => {
      const wait = async (): Promise<void> =>
        mailbox.answer(context, question.request.requestId, context.signal, async (message) => {
          resolve(resumeEntries(question, message, context.clock.now()));
          await passedOn;
        });
      // One that does not fit is rejected, and the question stays open.
      const again = async (error: unknown): Promise<void> => {
        if (!isDispatchError(error) || error.code !== 'AD_INPUT_INVALID') return reject(error);
        await wait().catch(again);
      };
      void wait().catch(again);
    });
    // Whoever stops following does not wait for them.
    for (const promise of [passedOn, this.entries]) promise.catch(() => undefined);
  }

  /** The agent has it. */
  passedOn(): void {
    this.#passedOn();
  }

  /** It was not passed on; the rules of a driver's `send` hold for the error. Without effect after `passedOn`. */
  failed(error: unknown): void {
    this.#failed(error);
  }
}
