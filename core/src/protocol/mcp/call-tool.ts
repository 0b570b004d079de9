// A task on a server that we did not write: one call of one of its tools, and after each question one more that brings the
// answer, where the revision asks so. What was sent is never sent again.
import { isRecord } from '../../config/record.js';
import { DispatchError, isDispatchError, toDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext, DriverEvent, EndedEvent } from '../../provider/index.js';
import { asDriverError, unknown } from '../http/http-driver.js';
import { Transcript } from '../http/transcript.js';
import type { Mailbox } from '../mailbox/mailbox.js';
import { EventQueue } from './event-queue.js';
import { LIMITS, type McpLimits } from './limits.js';
import { logged } from './notices.js';
import { type Elicited, Questions } from './questions.js';
import { type CallResult, McpSession } from './session.js';
import { argumentsFor, chooseTool } from './tool.js';

export interface AgentPlace {
  readonly channel: Channel;
  readonly context: DriverContext;
  readonly mailbox: Mailbox;
  readonly limits: McpLimits;
}

/** The rules of a driver's `start` hold. Errors: a coded one when nothing was begun. */
export async function* startOnAgent({ channel, context, mailbox, limits }: AgentPlace): AsyncGenerator<DriverEvent> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const queue = new EventQueue<DriverEvent>(limits.waitingEvents);
  const tell = (event: DriverEvent): void => queue.push(event);
  const questions = new Questions(mailbox, context, { limits, signal, tell });
  const session = new McpSession(channel, context, { limits, questions, signal, ready: queue.room, tell });
  let isOver = false;
  try {
    const tool = chooseTool(await session.tools(), context.request.target.details?.['tool']);
    const { values, leftOut } = argumentsFor(tool, context.request.input);
    if (leftOut.length > 0) yield note(`The tool takes nothing of the context's ${leftOut.join(', ')}.`);
    const end = yield* queue.during(called(session, questions, { name: tool.name, arguments: values }, context));
    isOver = end.at(-1)?.type === 'ended';
    yield* end;
  } finally {
    await session.close(isOver);
    over.abort(new Error('the task is over'));
  }
}

const note = (text: string): DriverEvent => ({ type: 'log', stream: 'system', text: `${text}\n` });

type Call = Parameters<McpSession['call']>[0];

/** Round after round; the last events of the task. */
async function called(
  session: McpSession,
  questions: Questions,
  call: Call,
  context: DriverContext,
): Promise<DriverEvent[]> {
  try {
    let result = await session.call(call);
    while (isQuestion(result)) {
      const { inputRequests = {}, requestState } = result;
      const inputResponses = await answersTo(inputRequests, questions);
      const more = { inputResponses, ...(requestState !== undefined && { requestState }) };
      result = await session.call({ ...call, ...more });
    }
    return endOf(result, context);
  } catch (error) {
    const { signal, redactor } = context;
    if (signal.aborted) return [unknown('following it was aborted')];
    if (!isDispatchError(error)) return [unknown(redactor.text(toDispatchError(error).message))];
    return [failed(error, context)];
  }
}

type Question = Extract<CallResult, { resultType: 'input_required' }>;
const isQuestion = (result: CallResult): result is Question => result['resultType'] === 'input_required';

/** Errors: AD_PROTOCOL_RESPONSE for anything but elicitation; those of asking. */
async function answersTo(requests: object, questions: Questions): Promise<Record<string, Elicited>> {
  const answers: Record<string, Elicited> = {};
  for (const [name, request] of Object.entries(requests) as [string, unknown][]) {
    if (!isRecord(request) || request['method'] !== 'elicitation/create') {
      throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The agent asks for something that this host does not give.');
    }
    answers[name] = await questions.ask(request['params']);
  }
  return answers;
}

function endOf(result: Exclude<CallResult, Question>, context: DriverContext): DriverEvent[] {
  const transcript = new Transcript(LIMITS);
  const texts = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const text = texts.join('\n');
  if (result.isError === true) {
    const message = text === '' ? 'The agent failed.' : text.slice(0, MAX_MESSAGE);
    return [failed(new DispatchError('AD_PROTOCOL_AGENT_ERROR', message), context)];
  }
  if (text !== '') transcript.add({ text, form: 'piece' });
  const { structuredContent } = result;
  const value = structuredContent === undefined ? transcript.result : { json: structuredContent };
  return [...logged(text), { type: 'ended', outcome: 'succeeded', ...(value && { result: value }) }];
}

const MAX_MESSAGE = 4000;

const failed = (error: DispatchError, { redactor }: DriverContext): EndedEvent => ({
  type: 'ended',
  outcome: 'failed',
  error: asDriverError(error, redactor),
});
