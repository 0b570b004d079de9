// The calls to AgentDispatch's worker over a channel. What it answers is checked before anyone sees it.
import { validate, type WorkerAnswer, type WorkerCall } from '@agent-dispatch/schemas';
import { DispatchError, isDispatchError } from '../../../errors/index.js';
import type { Channel } from '../../../provider/index.js';
import { mediaType } from '../answer.js';
import { AnswerBody } from '../body.js';
import type { HttpLimits } from '../limits.js';
import { INVOCATION_PATH } from '../request.js';

/** An answer that streams. Whoever has it closes it. */
export interface OpenAnswer {
  readonly body: AnswerBody;
  /** Media type, in lower case. */
  readonly type: string;
  /** Breaks it off: reading it fails with the reason. */
  readonly abort: (reason: Error) => void;
  /** Safe to repeat. */
  readonly close: () => void;
}

/**
 * Errors of every call: the channel's own; AD_PROTOCOL_RESPONSE and AD_PROTOCOL_TOO_LARGE when the answer is no worker's,
 * AD_PROTOCOL_AGENT_ERROR with its HTTP status. Only those for which `isCertain` holds say that the call had no effect.
 */
export class WorkerCalls {
  constructor(
    readonly channel: Channel,
    readonly limits: HttpLimits,
  ) {}

  /** A call that is answered once. Its refusal is in the answer. */
  async ask(call: WorkerCall, signal: AbortSignal): Promise<WorkerAnswer> {
    const answer = await this.open(call, signal);
    try {
      return await this.answerIn(answer.body);
    } catch (error) {
      // What was broken off ends early, and says nothing of who answered.
      signal.throwIfAborted();
      throw error;
    } finally {
      answer.close();
    }
  }

  async open(call: WorkerCall, signal: AbortSignal): Promise<OpenAnswer> {
    // A signal of its own: what listens to one that lives as long as the task would grow with every call.
    const own = new AbortController();
    const abort = (): void => own.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const unlink = (): void => signal.removeEventListener('abort', abort);
    try {
      const response = await this.channel.fetch(INVOCATION_PATH, {
        method: 'POST',
        headers: { 'content-type': JSON_TYPE, accept: ACCEPT[call.agentdispatch] ?? JSON_TYPE },
        body: JSON.stringify(call),
        signal: own.signal,
      });
      return await this.opened(response, own, unlink);
    } catch (error) {
      unlink();
      throw error;
    }
  }

  private async opened(response: Response, own: AbortController, unlink: () => void): Promise<OpenAnswer> {
    const body = new AnswerBody(response, own.signal);
    const close = (): void => {
      unlink();
      body.close();
    };
    if (response.ok) return { body, type: mediaType(response), abort: (reason) => own.abort(reason), close };
    const excerpt = await body.excerpt(this.limits.excerptBytes);
    close();
    throw statusError(response.status, excerpt);
  }

  /** Errors: AD_PROTOCOL_RESPONSE, AD_PROTOCOL_TOO_LARGE. */
  async answerIn(body: AnswerBody): Promise<WorkerAnswer> {
    let text = '';
    for await (const part of body.text(this.limits.answerBytes)) text += part;
    const answer = parsed(text);
    if (validate('WorkerAnswer', answer).length > 0) throw noWorker('an answer that is no worker’s');
    return answer as WorkerAnswer;
  }
}

const JSON_TYPE = 'application/json';
const ACCEPT: Partial<Record<WorkerCall['agentdispatch'], string>> = {
  follow: `application/x-ndjson, ${JSON_TYPE}`,
  artifact: `application/octet-stream, ${JSON_TYPE}`,
};

/** Whether the error says that the call had no effect. What says nothing of it may have had one. */
export const isCertain = (error: unknown): error is DispatchError =>
  isDispatchError(error) && error.details?.['ambiguous'] !== true;

/** The call may have had its effect all the same: what answers may stand between us and the worker. */
export const noWorker = (what: string, cause?: unknown): DispatchError =>
  new DispatchError('AD_PROTOCOL_RESPONSE', `The agent sent ${what}.`, {
    hint: "Check that AgentDispatch's worker runs there, of a version that fits this host.",
    details: { ambiguous: true },
    ...(cause !== undefined && { cause }),
  });

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw noWorker('something that is not JSON', cause);
  }
}

/** Worker and clouds answer with 200 even where a call is refused. */
function statusError(status: number, excerpt: string): DispatchError {
  const said = excerpt === '' ? '.' : `: ${excerpt}`;
  return new DispatchError('AD_PROTOCOL_AGENT_ERROR', `The agent answered with HTTP status ${status}${said}`, {
    // Whoever does not know the address, the method or us did not carry out anything.
    details: { status, ...(![401, 403, 404, 405].includes(status) && { ambiguous: true }) },
  });
}
