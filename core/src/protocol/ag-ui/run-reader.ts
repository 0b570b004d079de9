// Reads the events of the runs of one task, in order: each becomes what the host tells of it, and the end of the run that was
// asked for is kept. Knows no connection.
import type { Interrupt, Message } from '@ag-ui/core';
import { DispatchError } from '../../errors/index.js';
import type { DriverEvent, DriverResult } from '../../provider/index.js';
import { logParts } from '../http/transcript.js';
import { Asides } from './asides.js';
import { Chunks, type WholeEvent } from './chunks.js';
import { History } from './history.js';
import type { AgUiLimits } from './limits.js';
import { Notices } from './notices.js';
import { SharedState } from './shared-state.js';
import { signOf } from './signs.js';
import { Speech } from './speech.js';
import { type AgUiEventOf, malformed, readEvent } from './wire-event.js';

export type RunEnd =
  | { type: 'succeeded'; result: DriverResult | undefined }
  | { type: 'cancelled' }
  | { type: 'interrupted'; interrupts: Interrupt[] }
  | { type: 'failed'; error: DispatchError };

interface Names {
  readonly threadId: string;
  readonly runId: string;
}

export class RunReader {
  readonly #notices = new Notices();
  readonly #chunks: Chunks;
  readonly #history: History;
  readonly #speech: Speech;
  readonly #asides: Asides;
  readonly #state: SharedState;
  /** Runs that have begun and not ended: ours, runs within it, and runs of a history that is retold before it. */
  readonly #open = new Set<string>();
  #asked: Names | undefined;
  #hasBegun = false;
  #isAskedBegun = false;
  #told = 0;
  #end: RunEnd | undefined;

  constructor(private readonly limits: AgUiLimits) {
    this.#chunks = new Chunks(limits);
    this.#history = new History(limits);
    this.#speech = new Speech(limits);
    this.#asides = new Asides(limits);
    this.#state = new SharedState(limits);
  }

  /** A run is asked for: what comes from now on answers that. */
  ask(names: Names): void {
    this.#asked = names;
    this.#open.clear();
    this.#hasBegun = this.#isAskedBegun = false;
    this.#end = undefined;
  }

  /** The state to begin the next run with. */
  get state(): unknown {
    return this.#state.value;
  }

  /** The conversation to tell the next run, which began with this message. */
  conversation(first: Message): Message[] {
    return this.#history.after(first);
  }

  /** How the latest run ended. It is the one asked for, unless the agent never named that. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  /** Whether the run asked for is over; but for a late failure, nothing more will come. */
  get isOver(): boolean {
    return this.#end !== undefined && (this.#isAskedBegun || this.#end.type === 'failed');
  }

  /** Takes the next message of the stream. Errors: AD_PROTOCOL_RESPONSE, AD_PROTOCOL_TOO_LARGE. */
  *take(message: string): Generator<DriverEvent, void> {
    const reading = readEvent(message);
    if ('unknownType' in reading) return yield* this.#notices.tell('unknownType', reading.unknownType);
    const { event } = reading;
    if (event.type === 'RUN_STARTED') return yield* this.#begun(event);
    if (event.type === 'RUN_ERROR') return yield* this.#failed(event);
    if (!this.#hasBegun) throw malformed(`${event.type} before the beginning of its run`);
    if (this.#end !== undefined) return yield* this.#notices.tell('afterEnd', event.type);
    if (event.type === 'RUN_FINISHED') return yield* this.#finished(event);
    for (const whole of this.#chunks.whole(event)) yield* this.#within(whole, message.length);
  }

  *#begun({ threadId, runId }: AgUiEventOf<'RUN_STARTED'>): Generator<DriverEvent, void> {
    const isAsked = runId === this.#asked?.runId;
    if (!isAsked || threadId !== this.#asked?.threadId) yield* this.#notices.tell('otherRun', runId);
    if (this.#open.size >= this.limits.openItems) {
      throw new DispatchError(
        'AD_PROTOCOL_TOO_LARGE',
        `The agent begins more than ${this.limits.openItems} runs at once.`,
      );
    }
    this.#open.add(runId);
    this.#hasBegun = true;
    this.#isAskedBegun ||= isAsked;
    this.#end = undefined;
  }

  *#finished(event: AgUiEventOf<'RUN_FINISHED'>): Generator<DriverEvent, void> {
    const { runId, outcome } = event;
    const hadBegun = this.#open.delete(runId);
    const asked = this.#asked?.runId ?? '';
    // A run that ours started: its end is not ours.
    if (hadBegun && runId !== asked && this.#open.has(asked)) return;
    if (runId !== asked) yield* this.#notices.tell('otherRun', runId);
    yield* this.#over();
    switch (outcome?.type) {
      case 'interrupt':
        if (this.#history.isLost) yield* this.#notices.tell('historyLost');
        this.#end = { type: 'interrupted', interrupts: outcome.interrupts };
        return;
      case 'cancelled':
        this.#end = { type: 'cancelled' };
        return;
      case 'success':
      case undefined:
        break;
      default:
        yield* this.#notices.tell('unknownOutcome', (outcome as { type: string }).type);
    }
    this.#end = { type: 'succeeded', result: this.#resultOf(event.result) };
    for (const notice of this.#state.notices) yield* this.#notices.tell(notice);
  }

  *#failed({ message, code }: AgUiEventOf<'RUN_ERROR'>): Generator<DriverEvent, void> {
    const said = `${code === undefined ? '' : `${code}: `}${message}`.slice(0, this.limits.excerptBytes);
    yield* this.#over();
    this.#end = { type: 'failed', error: new DispatchError('AD_PROTOCOL_AGENT_ERROR', said) };
  }

  *#over(): Generator<DriverEvent, void> {
    for (const event of this.#chunks.close()) yield* this.#within(event, 0);
    this.#speech.close();
    yield* this.#tellAll(this.#asides.close());
  }

  /** What the run says of its result, else what the agent said last, else its state. */
  #resultOf(result: unknown): DriverResult | undefined {
    if (typeof result === 'string') return { text: result };
    if (result !== undefined) return { json: result };
    const said = this.#speech.result;
    if (said !== undefined) return said;
    return this.#state.isTold ? { json: this.#state.value } : undefined;
  }

  *#within(event: WholeEvent, size: number): Generator<DriverEvent, void> {
    this.#history.take(event, size);
    switch (event.type) {
      case 'TEXT_MESSAGE_START':
        return this.#speech.start(event);
      case 'TEXT_MESSAGE_CONTENT':
        return yield* logged(this.#speech.content(event));
      case 'TEXT_MESSAGE_END':
        return this.#speech.end(event);
      case 'MESSAGES_SNAPSHOT':
        return yield* logged(this.#speech.retold(event.messages));
      case 'STATE_SNAPSHOT':
        return this.#state.replace(event.snapshot, size);
      case 'STATE_DELTA':
        return this.#state.change(event.delta, size);
      case 'RUN_STARTED':
      case 'RUN_FINISHED':
      case 'RUN_ERROR':
      case 'REASONING_START':
      case 'REASONING_END':
      case 'REASONING_ENCRYPTED_VALUE':
        return;
      case 'REASONING_MESSAGE_START':
        return this.#asides.think(event);
      case 'REASONING_MESSAGE_CONTENT':
        return this.#asides.thinkOn(event);
      case 'TOOL_CALL_START':
        return this.#asides.call(event);
      case 'TOOL_CALL_ARGS':
        return this.#asides.callWith(event);
      case 'REASONING_MESSAGE_END':
        return yield* this.#tellAll(this.#asides.thought(event));
      case 'TOOL_CALL_END':
        return yield* this.#tellAll(this.#asides.called(event));
      case 'TOOL_CALL_RESULT':
        return yield* this.#tellAll(this.#asides.answered(event));
      default:
        return yield* this.#tell(signOf(event, this.limits));
    }
  }

  *#tellAll(events: Iterable<DriverEvent>): Generator<DriverEvent, void> {
    for (const event of events) yield* this.#tell(event);
  }

  /** Each of these is recorded for good, so there is a limit to them. */
  *#tell(event: DriverEvent): Generator<DriverEvent, void> {
    this.#told += 1;
    if (this.#told <= this.limits.toldEvents) yield event;
    else yield* this.#notices.tell('tooMuch');
  }
}

function* logged(text: string): Generator<DriverEvent, void> {
  for (const part of logParts(text)) yield { type: 'log', stream: 'agent', text: part };
}
