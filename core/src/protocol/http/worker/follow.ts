// Follows a run to its end over any number of answers: each goes on where the one before broke off.
import type { Artifact } from '@agent-dispatch/schemas';
import { isDispatchError, toDispatchError } from '../../../errors/index.js';
import type { DriverContext, DriverEvent, EndedEvent } from '../../../provider/index.js';
import { endedAs, told } from '../../worker/told.js';
import type { WorkerCalls } from './calls.js';
import { EventStream, longestWait, type NumberedEvent } from './event-stream.js';
import { ArtifactFault, Incoming } from './incoming.js';
import { Pauses } from './pauses.js';
import { cursorAt } from './place.js';
import { failedAs, lost, type Unknown } from './outcome.js';

/** Answers in a row that are no worker's, and bring nothing: then the work cannot be followed. */
const MOST_STRANGE = 5;

export interface KnownRun {
  readonly invocationId: string;
  readonly bootId: string;
  /** Number of the last event that is known. */
  readonly after: number;
}

type Ending = EndedEvent | Unknown;

export class RunFollower {
  readonly #incoming: Incoming;
  readonly #pauses: Pauses;
  readonly #artifacts = new Map<string, Artifact>();
  #after: number;
  #characters = 0;
  #strange = 0;
  #trouble: string | undefined;

  constructor(
    private readonly calls: WorkerCalls,
    private readonly run: KnownRun,
    private readonly context: DriverContext,
  ) {
    this.#after = run.after;
    this.#incoming = new Incoming(calls, run.invocationId, context);
    this.#pauses = new Pauses(context);
  }

  /**
   * The run's events, then how it ended; `unknown` when the machine that had it is not there any more. Finishes without
   * either when the signal aborts.
   * @param opened an answer that goes on after `run.after`.
   */
  async *events(opened?: EventStream): AsyncGenerator<DriverEvent> {
    try {
      await this.#incoming.clear();
      for (let stream = opened; !this.context.signal.aborted; stream = undefined) {
        const ending = yield* this.#answer(stream);
        // A result that lies in a file is there until whoever takes this has stored it.
        if (ending) {
          yield ending;
          return;
        }
      }
    } finally {
      opened?.close();
      await this.#incoming.clear();
    }
  }

  /** What one answer tells. Returns how the run ended, once it has. */
  async *#answer(opened: EventStream | undefined): AsyncGenerator<DriverEvent, Ending | undefined> {
    const before = this.#after;
    let stream = opened;
    try {
      stream ??= await this.#open();
      const gone = this.#gone(stream);
      if (gone) return gone;
      for await (const event of stream.events()) {
        const ending = yield* this.#told(event);
        if (ending) return ending;
      }
      if (this.#after === before) this.#pauses.nothing();
    } catch (error) {
      if (this.#after === before) this.#pauses.nothing();
      return this.#failed(error);
    } finally {
      stream?.close();
    }
    return undefined;
  }

  async #open(): Promise<EventStream> {
    await this.#pauses.turn();
    return await this.#openAfter(this.#after, longestWait(this.calls.channel));
  }

  async #openAfter(after: number, waitSeconds: number): Promise<EventStream> {
    const { signal, clock } = this.context;
    const { invocationId } = this.run;
    return await EventStream.open(this.calls, { invocationId, after, waitSeconds, signal, clock });
  }

  #gone({ bootId, refused }: EventStream): Unknown | undefined {
    if (bootId !== this.run.bootId) return lost('another machine answers in the place of the one that ran it');
    if (refused === undefined) return undefined;
    return lost(`the machine that ran it does not know it any more (${refused})`);
  }

  async *#told(event: NumberedEvent): AsyncGenerator<DriverEvent, Ending | undefined> {
    const { seq, type } = event;
    if (seq <= this.#after) return undefined;
    const cursor = cursorAt(this.run.bootId, seq);
    if (seq > this.#after + 1) {
      yield { type: 'gap', from: cursorAt(this.run.bootId, this.#after), to: cursorAt(this.run.bootId, seq - 1) };
    }
    if (type === 'ended') return await this.#end(event);
    this.#characters += event.text?.length ?? 0;
    const { streamBytes } = this.calls.limits;
    if (this.#characters > streamBytes) {
      return failedAs('AD_PROTOCOL_TOO_LARGE', `The agent's output is over ${streamBytes} characters.`);
    }
    if (type === 'artifact' && event.artifact) yield await this.#artifact(event.artifact, cursor);
    else yield* told(event, cursor, this.calls.limits);
    this.#after = seq;
    this.#strange = 0;
    this.#trouble = undefined;
    this.#pauses.came();
    return undefined;
  }

  /** Errors: those of a call: then the event comes again. */
  async #artifact(artifact: Artifact, cursor: string): Promise<DriverEvent> {
    const { name, mediaType } = artifact;
    this.#artifacts.set(name, artifact);
    try {
      const file = await this.#incoming.fetch(artifact);
      const content = { file };
      return { type: 'artifact', artifact: { name, ...(mediaType !== undefined && { mediaType }), content }, cursor };
    } catch (error) {
      if (!(error instanceof ArtifactFault)) throw error;
      return { type: 'log', stream: 'system', text: `${error.message} It is left out.\n`, cursor };
    }
  }

  async #end(event: NumberedEvent): Promise<EndedEvent> {
    const end = endedAs(event);
    const { text, json, artifact: name } = event.result ?? {};
    if (json !== undefined) return { ...end, result: { json } };
    if (name === undefined) return { ...end, ...(text !== undefined && { result: { text } }) };
    try {
      const artifact = this.#artifacts.get(name) ?? (await this.#find(name));
      const { mediaType } = artifact;
      const file = await this.#incoming.fetch(artifact);
      return { ...end, result: { file, ...(mediaType !== undefined && { mediaType }), passing: true } };
    } catch (error) {
      if (!(error instanceof ArtifactFault)) throw error;
      return end.outcome === 'succeeded' ? failedAs(error.code, error.message) : end;
    }
  }

  /** Its event came before the place from which following went on. */
  async #find(name: string): Promise<Artifact> {
    const stream = await this.#openAfter(0, 0);
    try {
      let found: Artifact | undefined;
      for await (const { artifact } of stream.events()) if (artifact?.name === name) found = artifact;
      if (found !== undefined) return found;
      throw new ArtifactFault({ name }, 'no description');
    } finally {
      stream.close();
    }
  }

  /** A broken connection is made again; what is no worker's answer is given up at some time. */
  #failed(thrown: unknown): EndedEvent | undefined {
    const { signal, logger, taskId, redactor } = this.context;
    if (signal.aborted) return undefined;
    const { code, message } = toDispatchError(thrown, 'AD_PROVIDER_UNAVAILABLE');
    if (isDispatchError(thrown) && STRANGE.has(code)) {
      this.#strange += 1;
      if (this.#strange >= MOST_STRANGE) return failedAs(code, redactor.text(message));
    }
    if (message !== this.#trouble) logger.warn('contact to the run was lost', { taskId, code, error: message });
    this.#trouble = message;
    return undefined;
  }
}

const STRANGE: ReadonlySet<string> = new Set(['AD_PROTOCOL_RESPONSE', 'AD_PROTOCOL_TOO_LARGE']);
