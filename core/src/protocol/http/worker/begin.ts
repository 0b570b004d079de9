// Begins a run, once: asks the machine first whether it knows the run, and sends inputs and start where it does not.
import { DispatchError, isDispatchError, toDispatchError } from '../../../errors/index.js';
import type { DriverContext } from '../../../provider/index.js';
import type { MeasuredInput } from '../../worker/inputs.js';
import { refusal } from '../../worker/refusal.js';
import { workerTask } from '../../worker/task.js';
import { isCertain, noWorker, type WorkerCalls } from './calls.js';
import { InputDelivery } from './deliver-inputs.js';
import { EventStream } from './event-stream.js';
import { lost, type Unknown } from './outcome.js';

/** Before each time that a machine is asked which did not answer. */
const PAUSES_MS = [0, 1_000, 2_000, 4_000, 8_000];
const MOST_STARTS = 4;

/** Who answers, and whether the run is there already. */
export interface Machine {
  readonly bootId: string;
  readonly hasRun: boolean;
}

export class Beginning {
  /** A start was sent whose answer was not seen. */
  #isUnsure = false;

  constructor(
    private readonly calls: WorkerCalls,
    private readonly invocationId: string,
    private readonly context: DriverContext,
  ) {}

  /** Begins nothing. Errors: AD_PROVIDER_UNAVAILABLE, AD_PROTOCOL_RESPONSE, the channel's own. None says that something was begun. */
  async machine(): Promise<Machine> {
    const { clock, signal } = this.context;
    let trouble: unknown;
    for (const pause of PAUSES_MS) {
      if (pause > 0) await clock.sleep(pause, signal);
      try {
        return await this.#ask();
      } catch (error) {
        signal.throwIfAborted();
        if (isCertain(error)) throw error;
        if (isDispatchError(error) && error.code === 'AD_PROTOCOL_RESPONSE') throw withoutEffect(error);
        trouble = error;
      }
    }
    throw withoutEffect(trouble);
  }

  /**
   * Returns the boot id of the machine that runs it, or that nobody can tell. What was not answered is asked and sent again.
   * Errors: the refusal; those of calls that had no effect.
   */
  async on(machine: Machine, inputs: readonly MeasuredInput[]): Promise<string | Unknown> {
    let trouble: unknown;
    for (let starts = 0; starts < MOST_STARTS; starts += 1) {
      try {
        const { bootId, hasRun } = starts === 0 ? machine : await this.machine();
        if (hasRun) return bootId;
        // What was sent to the machine before may run there, or have run.
        const wasSent = this.#isUnsure;
        if (wasSent && bootId !== machine.bootId) return lost('another machine answers since it was started');
        const begunOn = await this.#start(bootId, inputs);
        if (wasSent && begunOn !== machine.bootId) return lost('another machine was started than the one before');
        return begunOn;
      } catch (error) {
        this.context.signal.throwIfAborted();
        trouble = error;
        if (isCertain(error)) break;
        this.#warn(error);
      }
    }
    if (!this.#isUnsure) throw isCertain(trouble) ? trouble : withoutEffect(trouble);
    const { message } = toDispatchError(trouble);
    return { type: 'unknown', reason: `The start was sent, and its answer was not seen: ${message}` };
  }

  async #ask(): Promise<Machine> {
    const { invocationId } = this;
    const { signal, clock } = this.context;
    const stream = await EventStream.open(this.calls, { invocationId, after: 0, waitSeconds: 0, signal, clock });
    stream.close();
    const { bootId, refused } = stream;
    if (refused !== undefined && refused !== 'unknown_run') throw noWorker(`the refusal ${refused} to a question`);
    return { bootId, hasRun: refused === undefined };
  }

  async #start(bootId: string, measured: readonly MeasuredInput[]): Promise<string> {
    const { calls, context, invocationId } = this;
    const inputs = await new InputDelivery(calls, invocationId, context).to(bootId, measured);
    const task = workerTask(calls.channel, context, inputs);
    const wasUnsure = this.#isUnsure;
    this.#isUnsure = true;
    const answer = await calls.ask({ agentdispatch: 'start', task }, context.signal).catch((error: unknown) => {
      if (isCertain(error)) this.#isUnsure = wasUnsure;
      throw error;
    });
    this.#isUnsure = wasUnsure;
    if (answer.error) throw refusal(answer.error);
    return answer.bootId;
  }

  #warn(error: unknown): void {
    const { logger, taskId } = this.context;
    const { code, message } = toDispatchError(error, 'AD_PROVIDER_UNAVAILABLE');
    logger.warn('the start was not answered', { taskId, code, error: message });
  }
}

/** Only questions were asked, or inputs sent. */
function withoutEffect(trouble: unknown): DispatchError {
  const { code, message, hint } = toDispatchError(trouble, 'AD_PROVIDER_UNAVAILABLE');
  if (code === 'AD_PROTOCOL_RESPONSE') return new DispatchError(code, message, { hint, cause: trouble });
  return new DispatchError('AD_PROVIDER_UNAVAILABLE', `The agent does not answer: ${message}`, { cause: trouble });
}
