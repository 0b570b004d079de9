// Follows one streaming verb: writes its output to the log, stores its large values, and turns each event into a fact.
// The next event is taken only when the fact before it is stored.
import { DispatchError, isDispatchError, isErrorCode, toDispatchError } from '../errors/index.js';
import type { DriverEvent, EndedEvent } from '../provider/index.js';
import type { StoredTask } from '../store/index.js';
import type { Input, WorkEnd } from './inputs.js';
import type { EnginePorts, OutputRedactor } from './ports.js';
import { redactError, redactEvent } from './redact-event.js';
import { TaskLog } from './task-log.js';
import { storeArtifact, storeResult } from './values.js';
import type { StreamingVerb, Verbs } from './verbs.js';

/** Why a verb's signal aborts when the host itself wants it to settle. */
const ABORTED = new DispatchError('AD_STORE_SESSION_LOST', 'the host stopped following');

export class Follower {
  readonly done: Promise<void>;
  /** Latest sign of the work, output included. Epoch milliseconds. */
  lastContactAt: number | undefined;
  private readonly controller = new AbortController();
  private resolveDone!: () => void;
  private log: TaskLog | undefined;
  private redactor: OutputRedactor;
  private concluded = false;
  private contacted = false;

  constructor(
    private readonly verb: StreamingVerb,
    private readonly task: StoredTask,
    private readonly verbs: Verbs,
    private readonly ports: EnginePorts,
    private readonly tell: (input: Input) => Promise<void>,
  ) {
    this.redactor = ports.redactor([]);
    this.done = new Promise((resolve) => (this.resolveDone = resolve));
  }

  /** @param former settles when the verb before this one has. */
  async run(former: Promise<void> | undefined): Promise<void> {
    try {
      await former;
      await this.follow();
    } catch (error) {
      await this.failed(error);
    } finally {
      this.resolveDone();
    }
  }

  /** Aborts the verb and waits until it has settled, or for `ms`. */
  async abort(ms: number): Promise<void> {
    this.controller.abort(ABORTED);
    await this.settled(ms);
  }

  async settled(ms: number): Promise<void> {
    const limit = new AbortController();
    const timeout = this.ports.clock.sleep(ms, limit.signal).catch(() => undefined);
    await Promise.race([this.done, timeout]);
    limit.abort();
  }

  private async follow(): Promise<void> {
    const { record, fence } = this.task;
    const { store } = this.ports;
    const signal = this.controller.signal;
    signal.throwIfAborted();
    const attempt = record.attempts?.at(-1);
    const options = { clock: this.ports.clock, taskId: record.taskId, fence, attempt: record.attempt };
    // The cursor of a resume comes from the log where that is newer; opening the verb needs it first.
    const cursorLog = await TaskLog.open(store, { ...options, redactor: this.redactor });
    const newer = this.verb === 'resume' ? await cursorLog.lastCursor(attempt?.logOffset ?? 0) : undefined;
    const call = await this.verbs.open(record, this.verb, { signal, cursor: newer ?? attempt?.cursor });
    const log = await TaskLog.open(store, { ...options, redactor: call.redactor });
    this.log = log;
    this.redactor = call.redactor;
    for await (const event of call.events) {
      if (signal.aborted) break;
      await this.take(redactEvent(event, call.redactor), log);
      if (this.concluded) break;
    }
    if (signal.aborted || this.concluded) return;
    await log.flush();
    if (this.verb === 'provision') await this.tell({ type: 'provisioned' });
    else await this.tell({ type: 'interrupted', reason: `${this.verb} finished without telling how the work ended` });
  }

  private async failed(error: unknown): Promise<void> {
    if (this.controller.signal.aborted || this.concluded) return;
    const known = toDispatchError(error, 'AD_PROVIDER_INTERNAL');
    if (!isDispatchError(error))
      this.ports.logger.warn('unforeseen failure of a driver', {
        taskId: this.task.record.taskId,
        verb: this.verb,
        error: this.redactor.text(String(error)),
      });
    await this.log?.flush();
    if (known.code.startsWith('AD_STORE_')) throw known;
    if (known.details?.['ambiguous'] === true && this.verb === 'start')
      await this.tell({ type: 'interrupted', reason: known.message });
    else await this.tell({ type: 'failed', verb: this.verb, error: redactError(known.toJSON(), this.redactor) });
  }

  private async take(event: DriverEvent, log: TaskLog): Promise<void> {
    const { taskId } = this.task.record;
    const now = this.ports.clock.now();
    this.lastContactAt = now;
    const place = event.cursor === undefined ? {} : { place: { cursor: event.cursor, logOffset: log.size } };
    switch (event.type) {
      case 'log':
        await log.append(event, event.at ?? now);
        return await this.contact();
      case 'handle':
        return await this.tell({ type: 'handle', handle: event.handle, ...place });
      case 'attached':
        return await this.contact();
      case 'progress':
        return await this.tell({ type: 'progress', message: event.message, fraction: event.fraction, ...place });
      case 'message':
        return await this.tell({ type: 'message', text: event.text, raw: event.raw, ...place });
      case 'input_required':
        return await this.tell({ type: 'asked', request: event.request, ...place });
      case 'artifact':
        return await this.tell({
          type: 'artifact',
          artifact: await storeArtifact(this.ports.store, taskId, event.artifact),
          ...place,
        });
      case 'handoff':
        return await this.tell({ type: 'handoff', handoff: event.handoff, ...place });
      case 'gap':
        return await this.tell({ type: 'gap', from: event.from, to: event.to, ...place });
      case 'not_started':
        return await this.conclude({ type: 'not-started', proof: event.proof });
      case 'unknown':
        return await this.conclude({ type: this.verb === 'resume' ? 'vanished' : 'interrupted', reason: event.reason });
      case 'ended':
        await log.flush();
        return await this.conclude({ type: 'ended', end: await this.end(event), ...place });
      default:
        throw new DispatchError(
          'AD_PLUGIN_CONTRACT',
          `driver event of unknown type ${JSON.stringify((event as { type: unknown }).type)}`,
        );
    }
  }

  /** The state changes at the first sign only; output is not a write of the record. */
  private async contact(): Promise<void> {
    if (this.contacted || this.verb === 'provision') return;
    this.contacted = true;
    await this.tell({ type: 'contact' });
  }

  private async conclude(input: Input): Promise<void> {
    this.concluded = true;
    await this.tell(input);
  }

  private async end(event: EndedEvent): Promise<WorkEnd> {
    const stored =
      event.result === undefined ? {} : await storeResult(this.ports.store, this.task.record.taskId, event.result);
    const error =
      event.error === undefined ? undefined : toDispatchError(asError(event.error), 'AD_PROVIDER_INTERNAL').toJSON();
    return {
      status: event.outcome,
      ...stored,
      ...(event.exitCode !== undefined && { exitCode: event.exitCode }),
      ...(error && { error }),
    };
  }
}

/** A driver's error as JSON, with what it left out filled in from the registry. */
function asError({ code, message, hint, retryable, details }: NonNullable<EndedEvent['error']>): DispatchError {
  const known = isErrorCode(code) ? code : 'AD_PROVIDER_INTERNAL';
  return new DispatchError(known, message, {
    ...(hint !== undefined && { hint }),
    ...(retryable !== undefined && { retryable }),
    ...(details && { details }),
  });
}
