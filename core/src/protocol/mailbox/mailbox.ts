// Where who follows a task waits for an answer, and `send` brings it, in the same process: for protocols whose questions are
// answered on the connection that asked them. Holds nothing of its own: what is here waits.
import { DispatchError } from '../../errors/index.js';
import type { DriverContext, Message, Receipt } from '../../provider/index.js';

/** Questions of one task that may be open at the same time. An agent is not trusted to be brief. */
const MAX_OPEN = 100;

type Place = Pick<DriverContext, 'installationId' | 'taskId' | 'attempt'>;

/** Passes the message on to the agent; resolves once the agent has it. */
type Use<Value> = (message: Message) => Promise<Value>;
type Deliver = (message: Message) => Promise<void>;

export class Mailbox {
  readonly #places = new Map<string, Map<string, Deliver>>();

  /**
   * Waits for the answer to one question and passes it on by `use`. From the call on the question can be answered, so call it
   * before the question is told. Resolves with what `use` gave.
   * Rejects with the signal's reason when it aborts first; with AD_PROTOCOL_TOO_LARGE when too many questions are open, with
   * AD_PROTOCOL_RESPONSE when one of this id is; with what `use` threw.
   */
  async answer<Value>(place: Place, requestId: string, signal: AbortSignal, use: Use<Value>): Promise<Value> {
    signal.throwIfAborted();
    return await new Promise<Value>((resolve, reject) => {
      const gone = (): void => {
        close();
        reject(signal.reason as Error);
      };
      const close = this.#open(place, requestId, async (message) => {
        close();
        signal.removeEventListener('abort', gone);
        const used = use(message);
        used.then(resolve, reject);
        await used;
      });
      signal.addEventListener('abort', gone, { once: true });
    });
  }

  /**
   * Brings a message. `delivered` once the agent has it; `rejected` when nobody waits for it.
   * Errors: what `use` of the one who waited threw: the rules of a driver's `send` hold for it.
   */
  async deliver(place: Place, message: Message): Promise<Receipt> {
    const waiting = this.#places.get(nameOf(place));
    const deliver = message.requestId === undefined ? undefined : waiting?.get(message.requestId);
    if (deliver === undefined) return { state: 'rejected', reason: whyNot(message, [...(waiting?.keys() ?? [])]) };
    await deliver(message);
    return { state: 'delivered' };
  }

  /** Returns the function that closes the question. */
  #open(place: Place, requestId: string, deliver: Deliver): () => void {
    const name = nameOf(place);
    const waiting = this.#places.get(name) ?? new Map<string, Deliver>();
    if (waiting.has(requestId)) {
      throw new DispatchError('AD_PROTOCOL_RESPONSE', `The agent asks twice under the id ${requestId}.`);
    }
    if (waiting.size >= MAX_OPEN) {
      throw new DispatchError('AD_PROTOCOL_TOO_LARGE', `The agent asks more than ${MAX_OPEN} questions at once.`);
    }
    this.#places.set(name, waiting.set(requestId, deliver));
    return () => {
      waiting.delete(requestId);
      if (waiting.size === 0 && this.#places.get(name) === waiting) this.#places.delete(name);
    };
  }
}

const nameOf = ({ installationId, taskId, attempt }: Place): string => `${installationId}/${taskId}/${attempt}`;

function whyNot({ requestId }: Message, open: readonly string[]): string {
  const asked = open.length === 0 ? 'it asks nothing now' : `it waits for an answer to ${open.join(', ')}`;
  return requestId === undefined
    ? `Over this protocol the agent takes answers to its questions alone; ${asked}.`
    : `The agent does not wait for an answer to ${requestId}; ${asked}.`;
}
