// The runs as resources, for clouds that let any path through: the same events, messages and artifacts as the calls, with statuses.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WorkerMessage } from '@agent-dispatch/schemas';
import { problemsIn } from '../../problems.js';
import { RunRefused, type Run, type Runs } from '../../runs/run.js';
import { parseJson, readBody, sendJson } from '../../server/body.js';
import { sendFile } from './artifact-bytes.js';
import { sendEvents, WAIT_SECONDS } from './event-lines.js';
import type { Exchange } from './exchange.js';
import { refusalIn, STATUS, UNKNOWN_RUN } from './refusal.js';

const ROUTE = /^\/runs\/([^/]+)\/(events|cancel|messages|artifacts)(?:\/(.+))?$/;
const METHODS: Readonly<Record<string, string>> = { events: 'GET', artifacts: 'GET', cancel: 'POST', messages: 'POST' };

interface Route {
  readonly invocationId: string;
  readonly part: string;
  /** Of an artifact. */
  readonly name?: string;
  readonly query: URLSearchParams;
}

export function routeOf({ method, url = '' }: IncomingMessage): Route | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  const [, invocationId, part, name] = ROUTE.exec(path) ?? [];
  if (invocationId === undefined || part === undefined || METHODS[part] !== method) return undefined;
  if ((name !== undefined) !== (part === 'artifacts')) return undefined;
  return { invocationId, part, name: decoded(name), query: new URLSearchParams(query) };
}

/** Undefined, which names nothing, for what is not encoded properly. */
function decoded(name = ''): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

export async function serveRun(route: Route, runs: Runs, exchange: Exchange): Promise<void> {
  try {
    const run = runs.get(route.invocationId);
    if (!run) throw new RunRefused(UNKNOWN_RUN.code, UNKNOWN_RUN.message);
    await serve(route, { run, bootId: runs.bootId }, exchange);
  } catch (error) {
    if (exchange.response.headersSent) throw error;
    const refusal = refusalIn(error);
    sendJson(exchange.response, STATUS[refusal.code], { error: refusal });
  }
}

interface Found {
  readonly run: Run;
  readonly bootId: string;
}

async function serve(route: Route, { run, bootId }: Found, { request, response }: Exchange): Promise<void> {
  switch (route.part) {
    case 'events':
      return sendEvents(response, run, { bootId, ...followingIn(route.query) });
    case 'artifacts':
      return sendArtifact(response, run, route.name);
    case 'messages': {
      const receipt = await run.send(messageIn(run, parseJson(await readBody(request))));
      return sendJson(response, 200, { bootId, receipt, state: run.state, lastSeq: run.lastSeq });
    }
    default: {
      const body = parseJson(await readBody(request));
      await run.cancel(reasonIn(body));
      return sendJson(response, 200, { bootId, state: run.state, lastSeq: run.lastSeq });
    }
  }
}

function followingIn(query: URLSearchParams): { after: number; waitSeconds: number } {
  const after = numberIn(query, 'after', 0, Number.MAX_SAFE_INTEGER);
  return { after, waitSeconds: numberIn(query, 'wait', WAIT_SECONDS.default, WAIT_SECONDS.most) };
}

function numberIn(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (/^\d{1,15}$/.test(text) && Number(text) <= most) return Number(text);
  throw new RunRefused('invalid', `${name} is a whole number from 0 to ${most}.`);
}

function messageIn({ invocationId }: Run, body: unknown): WorkerMessage {
  const problems = problemsIn('WorkerCall', { agentdispatch: 'send', invocationId, message: body });
  if (problems === undefined) return body as WorkerMessage;
  throw new RunRefused('invalid', problems);
}

const reasonIn = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'reason' in body && typeof body.reason === 'string'
    ? body.reason
    : undefined;

function sendArtifact(response: ServerResponse, run: Run, name = ''): Promise<void> {
  const found = run.artifact(name);
  if (!found) throw new RunRefused('unknown_run', 'The run left no artifact of this name.');
  return sendFile(response, found);
}
