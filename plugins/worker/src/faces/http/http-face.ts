// The plain HTTP face: calls of a dispatcher and plain prompts on /invocations, and the runs as resources.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WorkerCall } from '@agent-dispatch/schemas';
import { problemsIn } from '../../problems.js';
import type { Runs } from '../../runs/run.js';
import { parseJson, readBody } from '../../server/body.js';
import { pathOf } from '../../server/server.js';
import type { CreateFace, Face } from '../face.js';
import { answerCall, sendAnswer } from './calls.js';
import { answerPrompt, hasPrompt } from './plain-invocation.js';
import { routeOf, serveRun } from './run-resources.js';

class HttpFace implements Face {
  readonly #runs: Runs;

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  accepts(request: IncomingMessage): boolean {
    return isInvocation(request) || routeOf(request) !== undefined;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = routeOf(request);
    await (route ? serveRun(route, this.#runs, { request, response }) : this.#invoke(request, response));
  }

  async #invoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parseJson(await readBody(request));
    if (isCall(body)) return this.#call(body, response);
    if (hasPrompt(body)) return answerPrompt(body, this.#runs, { request, response });
    const message = 'The body is neither a call of AgentDispatch, nor JSON with a prompt.';
    sendAnswer(response, this.#runs, { error: { code: 'invalid', message } });
  }

  async #call(body: object, response: ServerResponse): Promise<void> {
    const message = problemsIn('WorkerCall', body);
    if (message === undefined) return answerCall(body as WorkerCall, this.#runs, response);
    sendAnswer(response, this.#runs, { error: { code: 'invalid', message } });
  }
}

const isInvocation = (request: IncomingMessage): boolean =>
  request.method === 'POST' && pathOf(request) === '/invocations';

const isCall = (body: unknown): body is object => typeof body === 'object' && body !== null && 'agentdispatch' in body;

export const createFace: CreateFace = (runs) => new HttpFace(runs);
