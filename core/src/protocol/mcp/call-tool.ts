// A task on a server that we did not write: one call of one of its tools, and after each question one more that brings the
// answer, where the revision asks so. What was sent is never sent again. Only between two calls can a later process go on, for
// then nothing is under way.
import type { Tool } from '@modelcontextprotocol/client';
import { isRecord } from '../../config/record.js';
import { DispatchError, isDispatchError, toDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent, Handle } from '../../provider/index.js';
import { unknown } from '../http/http-driver.js';
import { isCertain } from '../http/worker/calls.js';
import { Answer } from '../mailbox/answer.js';
import type { Mailbox } from '../mailbox/mailbox.js';
import { canBeKept, type McpConversation, type OpenRound, told } from './conversation.js';
import { EventQueue } from './event-queue.js';
import type { McpLimits } from './limits.js';
import { type Elicited, elicitedBy, type OpenQuestion, questionAbout } from './questions.js';
import { failed, resultEvents } from './result.js';
import { type CallParams, type CallResult, McpSession, NotSent, type SessionOptions } from './session.js';
import { argumentsFor, chooseTool } from './tool.js';

export interface AgentPlace {
  readonly channel: Channel;
  readonly handle: Handle;
  readonly context: DriverContext;
  readonly mailbox: Mailbox;
  readonly limits: McpLimits;
}

/** Before a call that only shows patience. Milliseconds. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** The rules of a driver's `start` hold. Errors: a coded one when nothing was begun. */
export const startOnAgent = (place: AgentPlace): AsyncIterable<DriverEvent> => new ToolCall(place).start();

/** Goes on where a question is open. The rules of a driver's `resume` hold. */
export const resumeOnAgent = (place: AgentPlace, open: OpenRound): AsyncIterable<DriverEvent> =>
  new ToolCall(place).resume(open);

class ToolCall {
  readonly #over = new AbortController();
  readonly #queue: EventQueue<DriverEvent>;
  readonly #session: McpSession;
  #asked = 0;
  #progress = 0;
  #isAttached = false;
  #answered: () => void = () => undefined;

  constructor(private readonly place: AgentPlace) {
    const { channel, context, limits } = place;
    this.#queue = new EventQueue(limits.waitingEvents);
    this.#session = new McpSession(channel, context, this.#options());
  }

  start(): AsyncGenerator<DriverEvent> {
    return this.#letGoAfter(this.#begun());
  }

  resume(open: OpenRound): AsyncGenerator<DriverEvent> {
    return this.#letGoAfter(this.#goneOn(open));
  }

  async *#begun(): AsyncGenerator<DriverEvent> {
    const { request } = this.place.context;
    const tool = chooseTool(await this.#session.tools(), request.target.details?.['tool']);
    const { values, leftOut } = argumentsFor(tool, request.input);
    if (leftOut.length > 0) yield note(`The tool takes nothing of the context's ${leftOut.join(', ')}.`);
    yield* this.#rounds(tool, { name: tool.name, arguments: values });
  }

  async *#goneOn(open: OpenRound): AsyncGenerator<DriverEvent> {
    const tool = chooseTool(await this.#session.tools(), open.tool);
    const { values } = argumentsFor(tool, this.place.context.request.input);
    this.#asked = open.asked;
    yield this.#attached();
    yield* this.#rounds(tool, { name: tool.name, arguments: values }, open);
  }

  async *#letGoAfter(events: AsyncGenerator<DriverEvent>): AsyncGenerator<DriverEvent> {
    let isOver = false;
    try {
      for await (const event of events) {
        isOver = event.type === 'ended';
        yield event;
      }
    } finally {
      await this.#session.close(isOver);
      this.#over.abort(new Error('the task is over'));
    }
  }

  /** Call after call, to the end of the task. Errors: the channel's, when it is certain that the first was not sent. */
  async *#rounds(tool: Tool, call: CallParams, earlier?: OpenRound): AsyncGenerator<DriverEvent> {
    const { context, limits } = this.place;
    let pause = FIRST_PAUSE_MS;
    let next: Round = { call, ...(earlier && { open: earlier }) };
    for (let isFirst = true; ; isFirst = false) {
      try {
        const result = yield* this.#round(next, tool);
        if (!isQuestion(result)) {
          yield* resultEvents(result, limits, context);
          return;
        }
        next = this.#after(result, call, tool);
        if (next.open !== undefined) continue;
        // It asks nothing: it only wants to be called again, later.
        await context.clock.sleep(pause, context.signal);
        await context.pace();
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      } catch (error) {
        const isNotSent = error instanceof NotSent;
        // Where a question is open, the agent waits still.
        if (isNotSent && next.open !== undefined) continue;
        if (isNotSent && isFirst) throw error.cause;
        // However certain this call failed: the one before has begun the work.
        yield isNotSent ? unknownEnd(error.cause, context) : endOf(error, context);
        return;
      }
    }
  }

  async *#round({ call, open }: Round, tool: Tool): AsyncGenerator<DriverEvent, CallResult> {
    if (open !== undefined) return yield* this.#answeredCall(open, tool, call);
    return yield* this.#queue.during(this.#session.call(call, tool));
  }

  /** Asks, and calls again with the answer. */
  async *#answeredCall(open: OpenRound, tool: Tool, call: CallParams): AsyncGenerator<DriverEvent, CallResult> {
    const { context, handle } = this.place;
    const { requestState, question } = open;
    const answer = this.#answerTo(question, context.signal);
    try {
      if (this.#canBeKept({ open })) yield told(handle, { open });
      yield { type: 'input_required', request: question.request };
      const inputResponses = await answer.value;
      const more = { inputResponses, ...(requestState !== undefined && { requestState }) };
      // From here on a later process must not send it again.
      yield told(handle, { sent: {} });
      const result = this.#session.call({ ...call, ...more }, tool);
      this.#acknowledge(answer, result);
      yield { type: 'input_received', requestId: question.request.requestId };
      return yield* this.#queue.during(result);
    } finally {
      answer.failed(NOT_FOLLOWED);
    }
  }

  /** Once the agent answers at all: an agent that is silent may have nothing of it. */
  #acknowledge(answer: Answer<unknown>, result: Promise<unknown>): void {
    const passedOn = (): void => answer.passedOn();
    this.#answered = passedOn;
    result.then(passedOn, (error: unknown) => answer.failed(error instanceof NotSent ? error.cause : error));
  }

  /** Errors: AD_PROTOCOL_RESPONSE for anything but elicitation; AD_PROTOCOL_TOO_LARGE. */
  #after({ inputRequests = {}, requestState }: Question, call: CallParams, tool: Tool): Round {
    const state = requestState !== undefined && { requestState };
    const asked = Object.entries(inputRequests as Record<string, unknown>).map(([name, request]) => {
      if (isRecord(request) && request['method'] === 'elicitation/create') return [name, request['params']] as const;
      throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The agent asks for something that this host does not give.');
    });
    if (asked.length === 0) return { call: { ...call, ...state } };
    const before = this.#asked;
    const question = questionAbout(this.#nextId(), Object.fromEntries(asked), this.place.limits);
    return { call, open: { tool: tool.name, asked: before, question, ...state } };
  }

  /** A question on the connection of the call, of the revisions with sessions. */
  async #ask(params: unknown, { signal, replied }: { signal: AbortSignal; replied: Promise<void> }): Promise<Elicited> {
    const question = questionAbout(this.#nextId(), { [ONLY]: params }, this.place.limits);
    const { requestId } = question.request;
    const answer = this.#answerTo(question, AbortSignal.any([signal, this.#over.signal, this.place.context.signal]));
    replied.then(
      () => answer.passedOn(),
      (error: unknown) => answer.failed(error),
    );
    this.#queue.push({ type: 'input_required', request: question.request });
    try {
      const { [ONLY]: elicited } = await answer.value;
      if (elicited === undefined) throw new TypeError('an answer without its only part');
      return elicited;
    } catch (error) {
      if (signal.aborted) this.#queue.push(note('The agent waits for an answer no longer.'));
      throw error;
    } finally {
      this.#queue.push({ type: 'input_received', requestId });
    }
  }

  #answerTo(question: OpenQuestion, signal: AbortSignal): Answer<Record<string, Elicited>> {
    const { mailbox, context } = this.place;
    const read = (message: { text: string }): Record<string, Elicited> => elicitedBy(question, message);
    return new Answer(mailbox, { ...context, signal }, question.request.requestId, read);
  }

  #nextId(): string {
    this.#asked += 1;
    return `question-${this.#asked}`;
  }

  #canBeKept(conversation: McpConversation): boolean {
    const { limits, context } = this.place;
    return canBeKept(conversation, limits.keptBytes, context.redactor);
  }

  #options(): SessionOptions {
    const { handle, context, limits } = this.place;
    const tell = (event: DriverEvent): void => this.#queue.push(event);
    return {
      limits,
      signal: AbortSignal.any([context.signal, this.#over.signal]),
      ready: this.#queue.room,
      tell: (event) => (event.type === 'progress' ? this.#tellProgress(event) : tell(event)),
      onCall: (sent) => {
        if (this.#canBeKept({ sent })) tell(told(handle, { sent }));
      },
      onCallAnswered: () => {
        if (!this.#isAttached) tell(this.#attached());
        this.#answered();
      },
      ask: (params, question) => this.#ask(params, question),
    };
  }

  #tellProgress(event: DriverEvent): void {
    const { toldEvents } = this.place.limits;
    this.#progress += 1;
    if (this.#progress <= toldEvents) this.#queue.push(event);
    else if (this.#progress === toldEvents + 1) {
      this.#queue.push(note('The agent tells too much of its progress; from here on that is left out.'));
    }
  }

  #attached(): DriverEvent {
    this.#isAttached = true;
    return { type: 'attached' };
  }
}

/** One call, and the question whose answer it brings. */
interface Round {
  readonly call: CallParams;
  readonly open?: OpenRound;
}

type Question = Extract<CallResult, { resultType: 'input_required' }>;
const isQuestion = (result: CallResult): result is Question => result['resultType'] === 'input_required';

/** Name of the one form that a question on a connection has. */
const ONLY = 'answer';

const NOT_FOLLOWED = new DispatchError('AD_PROVIDER_UNAVAILABLE', 'The task is not followed any more.', {
  details: { ambiguous: true },
});

const note = (text: string): DriverEvent => ({ type: 'log', stream: 'system', text: `${text}\n` });

function endOf(error: unknown, context: DriverContext): DriverEvent {
  if (context.signal.aborted) return unknown('following it was aborted');
  if (isDispatchError(error) && isCertain(error)) return failed(error, context);
  return unknownEnd(error, context);
}

const unknownEnd = (error: unknown, { redactor }: DriverContext): DriverEvent =>
  unknown(redactor.text(toDispatchError(error).message));
