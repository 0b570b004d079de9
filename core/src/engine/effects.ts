// What the reducer asks for that answers once: it is done here and comes back as a fact. Decides nothing.
import type { DispatchErrorJson, TaskRecord } from '@agent-dispatch/schemas';
import { isCertain, isStoreError, storedError } from './driver-error.js';
import { SETTLE_MS, type Follower } from './follower.js';
import type { Input } from './inputs.js';
import { releasable } from './ledger.js';
import type { EnginePorts, OutputRedactor } from './ports.js';
import { sendingMessage } from './messages.js';
import { isTerminal } from './state-table.js';
import { collectFile } from './values.js';
import type { Verbs } from './verbs.js';

/** Errors of every method: the store's own, of which nothing may be concluded about the task. */
export class Effects {
  /** @param halting aborts when this process gives the task up. Its signal is made when it is first asked for. */
  constructor(
    private readonly verbs: Verbs,
    private readonly ports: EnginePorts,
    private readonly halting: AbortController,
  ) {}

  async plan(record: TaskRecord): Promise<Input> {
    try {
      return { type: 'planned', ...(await this.verbs.plan(record)) };
    } catch (error) {
      return { type: 'refused', error: this.failure(record, 'plan', error, this.ports.redactor([])) };
    }
  }

  /** Abort what is under way, await its settling, then cancel: in this order no start can follow the cancel. */
  async stop(current: () => TaskRecord, follower: Follower | undefined): Promise<Input> {
    await follower?.abort(SETTLE_MS);
    const record = current();
    try {
      return { type: 'cancelled', level: await this.verbs.cancel(record, this.halting.signal) };
    } catch (error) {
      return { type: 'cancel-failed', error: await this.late(record, 'cancel', error) };
    }
  }

  async collect(record: TaskRecord): Promise<Input> {
    const from = record.outcome?.uncollected;
    if (from === undefined) return { type: 'collected' };
    try {
      const redactor = await this.verbs.byteRedactor(record);
      return { type: 'collected', result: await collectFile(this.ports.store, record.taskId, from, redactor) };
    } catch (error) {
      return { type: 'collected', error: await this.late(record, 'collecting the result', error) };
    }
  }

  /** What is not known to have been refused may have had its effect. */
  async send(record: TaskRecord): Promise<Input | undefined> {
    const message = sendingMessage(record);
    if (message === undefined) return undefined;
    const { messageId, text = '', requestId } = message;
    const given = { id: messageId, text, ...(requestId !== undefined && { requestId }) };
    try {
      return { type: 'sent', messageId, receipt: await this.verbs.send(record, given, this.halting.signal) };
    } catch (error) {
      const failure = await this.late(record, 'send', error);
      const state = isCertain(failure) ? 'rejected' : 'unknown';
      return { type: 'sent', messageId, receipt: { state, reason: failure.message } };
    }
  }

  /** Releases what is not needed any more, once the verb that may still make some of it has settled. */
  async cleanup(current: () => TaskRecord, follower: Follower | undefined): Promise<Input> {
    if (isTerminal(current().status)) await follower?.settled(SETTLE_MS);
    const record = current();
    const entries = releasable(record, this.ports.store.now());
    const attempts = [...new Set(entries.map(({ attempt }) => attempt))];
    // All have come to an end before any is called again.
    const ends = await Promise.allSettled(
      attempts.map((attempt) => {
        const resources = entries.filter((entry) => entry.attempt === attempt).map(({ resource }) => resource);
        return this.verbs.cleanup(record, attempt, resources, this.halting.signal);
      }),
    );
    const proofs = ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : []));
    const [error] = await Promise.all(
      ends.filter((end) => end.status === 'rejected').map((end) => this.late(record, 'cleanup', end.reason)),
    );
    return error === undefined ? { type: 'cleaned', proofs } : { type: 'cleanup-failed', error, proofs };
  }

  /** Of a verb that was given the task's secrets, and may have put them into its words. */
  private async late(record: TaskRecord, what: string, error: unknown): Promise<DispatchErrorJson> {
    return this.failure(record, what, error, await this.verbs.byteRedactor(record));
  }

  private failure({ taskId }: TaskRecord, what: string, error: unknown, redactor: OutputRedactor): DispatchErrorJson {
    if (isStoreError(error)) throw error;
    const stored = storedError(error, redactor);
    const { code, message } = stored;
    this.ports.logger.warn(`${what} failed`, { taskId, code, error: message });
    return stored;
  }
}
