// A task on an agent that we did not write: one run, and after each question one more that brings the answer. What was sent is
// never sent again. Only between two runs can a later process go on, for then nothing is under way.
import type { ResumeEntry } from '@ag-ui/core';
import { DispatchError, isDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent, EndedEvent, Handle, Message } from '../../provider/index.js';
import { refusal } from '../http/answer.js';
import { AnswerBody } from '../http/body.js';
import { isCertain } from '../http/worker/calls.js';
import { Answer } from '../mailbox/answer.js';
import type { Mailbox } from '../mailbox/mailbox.js';
import { type AgUiConversation, newConversation, withConversation } from './conversation.js';
import { failedEnd, followRun, type Unknown, unknownEnd } from './exchange.js';
import type { AgUiLimits } from './limits.js';
import { type OpenQuestion, questionAbout, resumeEntries } from './questions.js';
import { type GoingOn, RUN_PATH, runIdOf, runInput, runRequest, taskMessage } from './run-input.js';
import { RunReader } from './run-reader.js';

export interface AgentPlace {
  readonly channel: Channel;
  readonly handle: Handle;
  readonly context: DriverContext;
  readonly mailbox: Mailbox;
  readonly limits: AgUiLimits;
}

/** Begins the work and follows it to its end. Errors: a coded one when nothing was begun. */
export const startOnAgent = (place: AgentPlace): AsyncIterable<DriverEvent> =>
  new AgentTask(place, newConversation(place.context)).start();

/** Goes on where a question is open. */
export const resumeOnAgent = (
  place: AgentPlace,
  conversation: AgUiConversation & { readonly open: OpenQuestion },
): AsyncIterable<DriverEvent> => new AgentTask(place, conversation).resume(conversation.open);

class AgentTask {
  readonly #reader: RunReader;

  constructor(
    private readonly place: AgentPlace,
    private conversation: AgUiConversation,
  ) {
    this.#reader = new RunReader(place.limits);
  }

  async *start(): AsyncGenerator<DriverEvent, void> {
    yield this.#told();
    let response: Response;
    try {
      response = await this.#send();
    } catch (error) {
      if (isCertain(error)) throw error;
      yield unknownEnd(error, this.place.context);
      return;
    }
    yield* this.#follow(response);
  }

  async *resume(open: OpenQuestion): AsyncGenerator<DriverEvent, void> {
    yield { type: 'attached' };
    const response = yield* this.#answered(open);
    if (response) yield* this.#follow(response);
  }

  /** Run after run, to the end of the task. */
  async *#follow(first: Response): AsyncGenerator<DriverEvent, void> {
    for (let response: Response | undefined = first; response;) {
      const next: EndedEvent | Unknown | OpenQuestion = yield* this.#followed(response);
      if ('type' in next) {
        yield next;
        return;
      }
      response = yield* this.#answered(next);
    }
  }

  /** What the run told, and what is to be told or asked after it. */
  async *#followed(response: Response): AsyncGenerator<DriverEvent, EndedEvent | Unknown | OpenQuestion> {
    const { context, limits } = this.place;
    try {
      const end = yield* followRun(response, this.#reader, context, limits);
      switch (end?.type) {
        case undefined:
          return unknownEnd(context.signal.aborted ? ABORTED : TRUNCATED, context);
        case 'interrupted':
          return questionAbout(end.interrupts, this.conversation.run, { limits, redactor: context.redactor });
        case 'failed':
          return failedEnd(end.error, context);
        case 'cancelled':
          return { type: 'ended', outcome: 'cancelled' };
        case 'succeeded':
          return { type: 'ended', outcome: 'succeeded', ...(end.result && { result: end.result }) };
      }
    } catch (error) {
      if (context.signal.aborted) return unknownEnd(ABORTED, context);
      return isDispatchError(error) ? failedEnd(error, context) : unknownEnd(error, context);
    }
  }

  /**
   * Asks until a run with the answer has begun. Returns nothing when that cannot be told: then the end was told.
   * Errors: the signal's reason when it aborts before there is an answer.
   */
  async *#answered(open: OpenQuestion): AsyncGenerator<DriverEvent, Response | undefined> {
    const { threadId, run } = this.conversation;
    for (;;) {
      const answer = this.#answerTo(open);
      try {
        this.conversation = { threadId, run, open };
        yield this.#told();
        yield { type: 'input_required', request: open.request };
        const resume = await answer.value;
        // From here on a later process must not send it again.
        this.conversation = { threadId, run: run + 1 };
        yield this.#told();
        const { state } = this.#reader;
        const messages = this.#reader.conversation(taskMessage(this.place.context));
        const response = await this.#sendAnswer(answer, { state, messages, resume });
        if (response.ok) yield { type: 'input_received', requestId: open.request.requestId };
        return response;
      } catch (error) {
        if (!(error instanceof NotSent)) throw error;
        if (!isCertain(error.cause)) {
          yield unknownEnd(error.cause, this.place.context);
          return;
        }
      } finally {
        answer.failed(NOT_FOLLOWED);
      }
    }
  }

  #answerTo(open: OpenQuestion): Answer<ResumeEntry[]> {
    const { mailbox, context } = this.place;
    const read = (message: Message): ResumeEntry[] => resumeEntries(open, message, context.clock.now());
    return new Answer(mailbox, context, open.request.requestId, read);
  }

  /** Errors: NotSent, whose cause tells whether the agent may have the answer. */
  async #sendAnswer(answer: Answer<ResumeEntry[]>, goingOn: GoingOn): Promise<Response> {
    try {
      const response = await this.#send(goingOn);
      if (response.status >= 400 && response.status < 500) throw await this.#refusal(response);
      if (response.ok) answer.passedOn();
      else answer.failed(UNCLEAR);
      return response;
    } catch (cause) {
      answer.failed(cause);
      throw new NotSent('the answer was not taken', { cause });
    }
  }

  async #refusal(response: Response): Promise<DispatchError> {
    const body = new AnswerBody(response, this.place.context.signal);
    const excerpt = await body.excerpt(this.place.limits.excerptBytes);
    body.close();
    return refusal(response.status, excerpt);
  }

  async #send(goingOn?: GoingOn): Promise<Response> {
    const { channel, context } = this.place;
    this.#reader.ask({ threadId: this.conversation.threadId, runId: runIdOf(context, this.conversation) });
    return await channel.fetch(RUN_PATH, runRequest(runInput(context, this.conversation, goingOn), context.signal));
  }

  #told(): DriverEvent {
    return { type: 'handle', handle: withConversation(this.place.handle, this.conversation) };
  }
}

/** The question may be open still. */
class NotSent extends Error {}

const ABORTED = new Error('following it was aborted');
const TRUNCATED = new Error('its answer ended before its run did');
const NOT_FOLLOWED = new DispatchError(
  'AD_PROTOCOL_RESPONSE',
  'The task is followed no longer; nothing was sent to the agent.',
);
const UNCLEAR = new DispatchError('AD_PROTOCOL_AGENT_ERROR', 'The agent failed when it was given the answer.', {
  details: { ambiguous: true },
});
