// How a question reaches the person at the client: by a request on the connection in the legacy era, by the answer to
// the call and its repetition in the modern one. Only where the client says that it can show a form.
import { randomBytes } from 'node:crypto';
import {
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  type ClientCapabilities,
  type ElicitResult,
  type InputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { alone, step, type Asked, type Run } from './asking.js';
import { declaredWith, showsForms } from './caller.js';

/** The one question of a round, among those of an answer. */
const KEY = 'person';
/** People are slow, and clients that are faster end the call themselves. */
const ANSWER_MS = 10 * 60_000;
/** For so long a question is known as ours, though an answer after ANSWER_MS counts for nothing. */
const KNOWN_SECONDS = 24 * 60 * 60;

interface State {
  asked: Asked;
  /** Epoch milliseconds. */
  until: number;
}

/**
 * What is known between a question and its answer passes through a modern client, which could change it: so it is signed,
 * with a key that lives as long as this process, for the subject that asked.
 */
const states = createRequestStateCodec<State>({
  key: randomBytes(32),
  ttlSeconds: KNOWN_SECONDS,
  bind: (context) => context.http?.authInfo?.clientId ?? '',
});

/**
 * Checks what a client brings back before any handler sees it. null: the answer comes too late, so that nothing of it
 * counts and the person is asked anew. Errors: what is not ours, or of a former process, as the protocol wants it; the SDK
 * refuses the call, and one without it asks anew.
 */
export async function verifyState(state: string, context: ServerContext): Promise<Asked | null> {
  const { asked, until } = await states.verify(state, context);
  return Date.now() <= until ? asked : null;
}

export interface Asking {
  context: ServerContext;
  era: 'legacy' | 'modern';
  /** What the client said when it opened the connection; newer clients say it with each request. */
  announced: ClientCapabilities | undefined;
}

/** The call's answer, or the question that comes first. Errors: those of the call. */
export async function withPerson(
  input: Record<string, unknown>,
  run: Run,
  asking: Asking,
): Promise<object | InputRequiredResult> {
  const { context, era, announced } = asking;
  if (!showsForms(era === 'modern' ? declaredWith(context.mcpReq) : announced)) return await alone(input, run);
  return era === 'modern' ? await overRounds(input, run, asking) : await overRequests(input, run, asking);
}

async function overRounds(
  input: Record<string, unknown>,
  run: Run,
  { context }: Asking,
): Promise<object | InputRequiredResult> {
  const { inputResponses } = context.mcpReq;
  const asked = context.mcpReq.requestState<Asked | null>();
  const told = inputResponse(inputResponses, KEY);
  const reply: ElicitResult =
    told.kind === 'elicit'
      ? { action: told.action, ...(told.content && { content: told.content as ElicitResult['content'] }) }
      : { action: 'cancel' };
  const done = await step({ input, run, ...(asked && { before: { asked, reply } }) });
  if ('answer' in done) return done.answer;
  return inputRequired({
    inputRequests: { [KEY]: inputRequired.elicit(done.form) },
    requestState: await states.mint({ asked: done.asked, until: Date.now() + ANSWER_MS }, context),
  });
}

async function overRequests(input: Record<string, unknown>, run: Run, { context }: Asking): Promise<object> {
  const { signal } = context.mcpReq;
  let done = await step({ input, run });
  while ('form' in done) {
    const { form, asked } = done;
    // A client that declares forms and cannot show this one is as good as none.
    const reply = await context.mcpReq
      .send({ method: 'elicitation/create', params: { ...form } }, { signal, timeout: ANSWER_MS })
      .catch((): ElicitResult => ({ action: 'cancel' }));
    // Nobody waits for the task any more.
    signal.throwIfAborted();
    done = await step({ input, run, before: { asked, reply } });
  }
  return done.answer;
}
