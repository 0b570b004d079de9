// Follows one streaming verb: writes its output to the log, stores its large values, and turns each event into a fact.
// The next event is taken only when the fact before it is stored.
import { DispatchError } from '../errors/index.js';
import type { DriverEvent, DriverResult, EndedEvent } from '../provider/index.js';
import type { StoredTask } from '../store/index.js';
import { DriverFailure, fromDriver, fromDriverError, isStoreError, storedError } from './driver-error.js';
import { checkedEvent, type StreamingVerb } from './driver-event.js';
import type { Input, Place, WorkEnd } from './inputs.js';
import type { EnginePorts, OutputRedactor } from './ports.js';
import { redactEvent } from './redact-event.js';
import { TaskLog, type LogPlace } from './task-log.js';
import { atMost } from './timer.js';
import { collectFile, storeArtifact, storeResult } from './values.js';
import type { Call, Verbs } from './verbs.js';

/** A verb that does not settle after its abort is not waited for any longer. */
export const SETTLE_MS = 10_000;

/** Why a signal aborts when the host itself wants its work to settle. */
export const ABORTED = new DispatchError('AD_STORE_SESSION_LOST', 'the host stopped following');

export class Follower {
  readonly done: Promise<void>;
  /** Latest sign of the work, output included; before the first, when listening began. Epoch milliseconds. */
  lastContactAt: number;
  private readonly controller = new AbortController();
  private readonly beganAt: number;
  private abortedAt: number | undefined;
  private resolveDone!: () => void;
  private log: TaskLog | undefined;
  private call: Call | undefined;
  private redactor: OutputRedactor;
  /** The driver was called: from here on, a failure may come after an effect. */
  private called = false;
  private concluded = false;
  private contacted = false;

  constructor(
    private readonly verb: StreamingVerb,
    private readonly task: StoredTask,
    private readonly verbs: Verbs,
    private readonly ports: EnginePorts,
    /** Returns whether the fact is stored. */
    private readonly store: (input: Input) => Promise<boolean>,
  ) {
    this.redactor = ports.redactor([]);
    this.beganAt = ports.clock.now();
    this.lastContactAt = this.beganAt;
    this.done = new Promise((resolve) => (this.resolveDone = resolve));
  }

  /** @param former resolves when the verb before this one has settled. Not that verb itself: nothing may keep it. */
  async run(former: Promise<void> | undefined): Promise<void> {
    try {
      await former;
      await this.follow();
    } catch (error) {
      await this.failed(error);
    } finally {
      this.log?.close();
      await this.call?.close().catch((error: unknown) => {
        this.ports.logger.warn('files that a driver was lent were not removed', { error: String(error) });
      });
      this.resolveDone();
    }
  }

  /** Aborts the verb and waits until it has settled, or for `ms`. */
  async abort(ms: number): Promise<void> {
    this.abortedAt ??= this.ports.clock.now();
    this.controller.abort(ABORTED);
    await this.settled(ms);
  }

  async settled(ms: number): Promise<void> {
    await atMost(this.ports.clock, ms, this.done);
  }

  private get aborted(): boolean {
    return this.controller.signal.aborted;
  }

  private async follow(): Promise<void> {
    this.controller.signal.throwIfAborted();
    const { call, log } = await this.open();
    this.controller.signal.throwIfAborted();
    this.called = true;
    for await (const event of fromDriver(call.follow)) {
      if (this.abortedAt !== undefined && this.ports.clock.now() > this.abortedAt + SETTLE_MS) break;
      const told = redactEvent(checkedEvent(event, this.verb), call.redactor);
      // A name learned while the verb was told to stop must still reach the ledger.
      if (!this.aborted || told.type === 'handle' || told.type === 'log') await this.take(told, log);
      if (this.concluded) break;
    }
    await log.flush();
    if (this.aborted || this.concluded) return;
    if (this.verb === 'provision') await this.tell({ type: 'provisioned' });
    else await this.interrupted(`${this.verb} finished without telling how the work ended`);
  }

  private async open(): Promise<{ call: Call; log: TaskLog }> {
    const { record, fence } = this.task;
    const { store, clock } = this.ports;
    const { signal } = this.controller;
    const options = { clock, taskId: record.taskId, fence, attempt: record.attempt };
    const { cursor, written }: Partial<LogPlace> = this.verb === 'resume' ? await this.resumeFrom(options) : {};
    const call = await this.verbs.open(record, this.verb, { signal, ...(cursor !== undefined && { cursor }) });
    this.call = call;
    this.redactor = call.redactor;
    this.log = new TaskLog(store, { ...options, redactor: call.redactor, ...(written && { written }) });
    return { call, log: this.log };
  }

  /** Output is not a write of the record: where the log's cursor is newer than the record's, it counts. */
  private async resumeFrom(options: Omit<ConstructorParameters<typeof TaskLog>[1], 'redactor'>): Promise<LogPlace> {
    const attempt = this.task.record.attempts?.at(-1);
    const log = new TaskLog(this.ports.store, { ...options, redactor: this.redactor });
    const place = await log.lastPlace(attempt?.logOffset ?? 0);
    return place.cursor === undefined && attempt?.cursor !== undefined ? { ...place, cursor: attempt.cursor } : place;
  }

  private async failed(error: unknown): Promise<void> {
    if (this.aborted || this.concluded) return;
    if (isStoreError(error)) throw error;
    await this.log?.flush();
    const { verb } = this;
    const stored = storedError(error, this.redactor);
    const { code, message } = stored;
    this.ports.logger.warn(`${verb} failed`, { taskId: this.task.record.taskId, code, error: message });
    if (verb === 'provision') return await this.tell({ type: 'failed', verb, error: stored });
    // However certain this call failed: it says nothing about an earlier one that was sent.
    const earlier = verb === 'start' && this.task.record.attempts?.at(-1)?.ambiguous === true;
    if (error instanceof DriverFailure) {
      if (verb === 'resume') return await this.interrupted(message);
      if (error.certain && !earlier) return await this.tell({ type: 'failed', verb, error: stored });
      return await this.interrupted(message, code === 'AD_PROVIDER_INTERNAL' ? stored : undefined);
    }
    if (this.called) return await this.tell({ type: 'broken', error: stored });
    await (earlier ? this.interrupted(message) : this.tell({ type: 'failed', verb, error: stored }));
  }

  private async interrupted(reason: string, error?: WorkEnd['error']): Promise<void> {
    const followedMs = this.ports.clock.now() - this.beganAt;
    await this.tell({ type: 'interrupted', reason, followedMs, ...(error && { error }) });
  }

  /** A driver counts on it that a name it told is stored when the next event is taken: else none is. */
  private async tell(input: Input): Promise<void> {
    const isStored = await this.store(input);
    if (input.type === 'handle' && !isStored) this.concluded = true;
  }

  private async take(event: DriverEvent, log: TaskLog): Promise<void> {
    const { taskId } = this.task.record;
    const now = this.ports.clock.now();
    this.lastContactAt = now;
    // What the agent says is output, too. Once output is written, no start may be made again that would tell it from its beginning.
    const isOutput = event.type === 'log' || event.type === 'message';
    if (isOutput && !(await this.contact())) return;
    if (event.type === 'message') await log.say(event.text, event.cursor !== undefined && this.verb !== 'provision');
    // A fact's place is stored with all output before it.
    else if (!isOutput && event.cursor !== undefined) await log.flush();
    const place = await this.placeAfter(event, log);
    switch (event.type) {
      case 'log':
        return await log.append({ ...event, cursor: place.place?.cursor }, event.at ?? now);
      case 'handle':
        return await this.tell({ type: 'handle', handle: event.handle, ...place });
      case 'attached':
        await this.contact();
        return;
      case 'progress':
        return await this.tell({ type: 'progress', message: event.message, fraction: event.fraction, ...place });
      case 'message':
        return await this.tell({ type: 'message', text: event.text, raw: event.raw, ...place });
      case 'input_required':
        return await this.tell({ type: 'asked', request: event.request, ...place });
      case 'input_received':
        return await this.tell({ type: 'answered', requestId: event.requestId, ...place });
      case 'artifact': {
        const artifact = await storeArtifact(this.ports.store, taskId, event.artifact);
        return await this.tell({ type: 'artifact', artifact, ...place });
      }
      case 'handoff':
        return await this.tell({ type: 'handoff', handoff: event.handoff, ...place });
      case 'gap':
        log.missed();
        return await this.tell({ type: 'gap', from: event.from, to: event.to, ...place });
      case 'not_started':
        return await this.conclude({ type: 'not-started', proof: event.proof });
      case 'unknown':
        this.concluded = true;
        // Before anything was heard it is the answer of `resume`; afterwards it is one more broken connection.
        if (this.verb === 'resume' && !this.contacted)
          return await this.tell({ type: 'vanished', reason: event.reason });
        return await this.interrupted(event.reason);
      case 'ended':
        await log.flush();
        return await this.conclude({ type: 'ended', end: await this.end(event), ...place });
    }
  }

  /** Only `start` and `resume` have a place to go on from: provisioning is repeated whole. */
  private async placeAfter(event: DriverEvent, log: TaskLog): Promise<{ place?: Place }> {
    if (event.cursor === undefined || this.verb === 'provision') return {};
    return { place: { cursor: event.cursor, logOffset: await log.size() } };
  }

  /**
   * The state changes at the first sign only; output is not a write of the record.
   * @returns false when a host that is ending could not store it: the start may be made again, and tells all again.
   */
  private async contact(): Promise<boolean> {
    if (this.contacted || this.verb === 'provision') return true;
    this.contacted = true;
    const isStored = await this.store({ type: 'contact' });
    this.contacted = isStored;
    return isStored || this.verb !== 'start';
  }

  private async conclude(input: Input): Promise<void> {
    this.concluded = true;
    await this.tell(input);
  }

  private async end({ outcome, result, exitCode, error }: EndedEvent): Promise<WorkEnd> {
    return {
      status: outcome,
      ...(result && (await this.storeResult(result))),
      ...(exitCode !== undefined && { exitCode }),
      ...(error && { error: storedError(fromDriverError(error), this.redactor) }),
    };
  }

  /** A file that only passes by is stored now: should this process die meanwhile, the work is followed to its end again. */
  private async storeResult(result: DriverResult): Promise<Pick<WorkEnd, 'result' | 'uncollected'>> {
    const { store } = this.ports;
    const { record } = this.task;
    if (!('file' in result) || result.passing !== true) return await storeResult(store, record.taskId, result);
    return { result: await collectFile(store, record.taskId, result, await this.verbs.byteRedactor(record)) };
  }
}
