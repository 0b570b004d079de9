// The answer to one open question: taken from the mailbox when it fits, and acknowledged only when the agent has it.
import { isDispatchError } from '../../errors/index.js';
import type { DriverContext, Message } from '../../provider/index.js';
import type { Mailbox } from './mailbox.js';

type Context = Pick<DriverContext, 'installationId' | 'taskId' | 'attempt' | 'signal'>;

export class Answer<Value> {
  /** The first answer that fits. Rejects with the signal's reason when it aborts first. */
  readonly value: Promise<Value>;
  readonly #sent: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  /**
   * From here on the question can be answered.
   * @param read what the message says. Errors: AD_INPUT_INVALID when it does not fit: it is rejected, and the question stays open.
   */
  constructor(
    private readonly mailbox: Mailbox,
    private readonly context: Context,
    private readonly requestId: string,
    private readonly read: (message: Message) => Value,
  ) {
    this.#sent = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.value = new Promise((resolve, reject) => void this.#wait(resolve).catch(reject));
    // Nobody need wait for them.
    for (const promise of [this.#sent, this.value]) promise.catch(() => undefined);
  }

  /** The agent has it. */
  passedOn(): void {
    this.#resolve();
  }

  /** The agent was not given it; the rules of a driver's `send` hold for the error. Without effect after `passedOn`. */
  failed(error: unknown): void {
    this.#reject(error);
  }

  async #wait(take: (value: Value) => void): Promise<void> {
    const { mailbox, context, requestId } = this;
    for (;;) {
      try {
        return await mailbox.answer(context, requestId, context.signal, async (message) => {
          take(this.read(message));
          await this.#sent;
        });
      } catch (error) {
        if (!isDispatchError(error) || error.code !== 'AD_INPUT_INVALID') throw error;
      }
    }
  }
}
