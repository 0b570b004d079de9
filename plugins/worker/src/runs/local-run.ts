// One run: what callers see of it, and what they may ask. How its agent is carried out stands in carry-out.ts.
import { join } from 'node:path';
import type { Artifact, InputRequest, Receipt, WorkerMessage, WorkerState } from '@agent-dispatch/schemas';
import type { AgentProcess } from '../work/agent-process.js';
import type { EventLog } from './event-log.js';
import { Questions } from './questions.js';
import type { RunEnd, StopReason } from './run-end.js';
import { writeRecord, type RunFiles, type RunRecord } from './run-files.js';
import type { Run, RunEvent } from './run.js';

/** An agent that does not read what it is given must not keep the sender waiting. */
const TELL_MS = 2_000;

export class LocalRun implements Run {
  readonly files: RunFiles;
  readonly log: EventLog;
  readonly record: RunRecord;
  /** Resolves when `ended` is recorded and nothing of the run is at work; also when the run was refused after all. */
  readonly ended: Promise<void>;
  readonly #now: () => number;
  #end!: () => void;
  #agent: AgentProcess | undefined;
  #stop: StopReason | undefined;
  #saving: Promise<void> = Promise.resolve();
  readonly questions = new Questions();
  readonly #sending = new Map<string, Promise<Receipt>>();
  /** Why it takes no messages, if it does not. */
  #deafness: string | undefined;
  /** The agent is there, or never will be. */
  readonly #settled: Promise<void>;
  #settle!: () => void;

  constructor(record: RunRecord, files: RunFiles, { log, now }: { log: EventLog; now: () => number }) {
    this.record = record;
    this.#now = now;
    this.files = files;
    this.log = log;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#settled = new Promise((resolve) => (this.#settle = resolve));
    if (record.endedAt !== undefined) this.#over();
  }

  get invocationId(): string {
    return this.record.invocationId;
  }

  get taskId(): string {
    return this.record.taskId;
  }

  get state(): WorkerState {
    return this.record.state;
  }

  get lastSeq(): number {
    return this.log.lastSeq;
  }

  get stopReason(): StopReason | undefined {
    return this.#stop;
  }

  events(after: number, signal: AbortSignal): AsyncIterable<RunEvent> {
    return this.log.read(after, signal);
  }

  artifact(name: string): (Artifact & { file: string }) | undefined {
    const found = this.record.artifacts.findLast((artifact) => artifact.name === name);
    return found && { ...found, file: join(this.files.artifacts, found.sha256) };
  }

  async cancel(reason?: string): Promise<void> {
    this.stop('cancelled', reason);
    await this.ended;
  }

  /** Asks for the end of a run that has not ended. The first reason stands. */
  stop(reason: StopReason, text?: string): void {
    if (this.#stop || this.record.endedAt !== undefined) return;
    this.#stop = reason;
    if (text !== undefined)
      this.log.add({ type: 'log', stream: 'system', text: `Cancelled: ${text.slice(0, 2_000)}\n` });
    void this.#agent?.end();
  }

  /** The agent is there; one that was stopped before gets its end at once. */
  begun(agent: AgentProcess, deafness: string | undefined): void {
    this.#agent = agent;
    this.#deafness = deafness;
    this.#settle();
    if (this.#stop) void agent.end();
  }

  ask(request: InputRequest): void {
    this.questions.add(request);
    this.record.state = 'input_required';
  }

  send(message: WorkerMessage): Promise<Receipt> {
    const known = this.record.receipts.find(([id]) => id === message.id);
    if (known) return Promise.resolve(known[1]);
    const sending =
      this.#sending.get(message.id) ?? this.#send(message).finally(() => this.#sending.delete(message.id));
    this.#sending.set(message.id, sending);
    return sending;
  }

  async #send(message: WorkerMessage): Promise<Receipt> {
    await this.#settled;
    const refusal = this.#refusalOf(message);
    const receipt: Receipt =
      refusal === undefined ? await this.#deliver(message) : { state: 'rejected', reason: refusal };
    this.record.receipts.push([message.id, receipt]);
    // A worker that comes later needs it no more: the run has ended then, and takes no messages.
    await this.save().catch(() => undefined);
    return receipt;
  }

  #refusalOf({ requestId }: WorkerMessage): string | undefined {
    if (this.record.endedAt !== undefined || this.#stop) return 'The run has ended.';
    if (requestId !== undefined && !this.questions.has(requestId)) return `No question ${requestId} is open.`;
    if (this.#deafness !== undefined) return this.#deafness;
    return this.#agent?.canBeTold ? undefined : 'The agent reads no messages any more.';
  }

  async #deliver({ id, text, requestId }: WorkerMessage): Promise<Receipt> {
    if (requestId !== undefined) this.answered(requestId);
    const told = this.#agent?.tell(JSON.stringify({ type: 'message', id, text, requestId })) ?? Promise.resolve(false);
    const state = await Promise.race([
      told.then((isTold): Receipt['state'] => (isTold ? 'delivered' : 'unknown')),
      new Promise<'queued'>((resolve) => setTimeout(() => resolve('queued'), TELL_MS).unref()),
    ]);
    return { state };
  }

  /** Or withdrawn by who asked. */
  answered(requestId: string): void {
    if (!this.questions.close(requestId)) return;
    this.log.add({ type: 'input_received', requestId });
    if (this.questions.size === 0) this.record.state = 'running';
  }

  /** The one end. Nothing is at work any more. */
  async conclude(
    end: RunEnd,
    result: { text: string } | { json: unknown } | { artifact: string } | undefined,
  ): Promise<void> {
    const { outcome, exitCode, error } = end;
    this.log.add({
      type: 'ended',
      outcome,
      ...(exitCode !== undefined && { exitCode }),
      ...(result && { result }),
      ...(error && { error }),
    });
    await this.close(outcome, this.#now());
  }

  /** `ended` is among the events. */
  async close(outcome: RunEnd['outcome'], endedAt: number): Promise<void> {
    await this.log.settled();
    this.record.state = outcome;
    this.record.endedAt = endedAt;
    this.record.eventsEnd = this.log.end;
    // A disk that takes no more must not keep the run from ending: a later worker then finds it unfinished.
    if (this.record.eventsEnd) await this.save().catch(() => undefined);
    await this.log.close();
    this.#over();
  }

  /** It never was one: followers are let go without an end. */
  async withdraw(): Promise<void> {
    await this.log.close();
    this.#over();
  }

  #over(): void {
    this.#settle();
    this.#end();
  }

  save(): Promise<void> {
    const saved = this.#saving.catch(() => undefined).then(() => writeRecord(this.files, this.record));
    this.#saving = saved;
    return saved;
  }
}
