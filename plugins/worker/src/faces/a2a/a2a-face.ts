// The worker's face in A2A, versions 1.0 and 0.3: JSON-RPC on `/`, and the agent card. The calls are read and written by the SDK;
// what they do stands in the handler.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLegacyJsonRpcMethod } from '@a2a-js/sdk/compat/v0_3';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import { JsonRpcTransportHandler } from '@a2a-js/sdk/server';
import type { Runs } from '../../runs/run.js';
import type { CreateFace, Face } from '../face.js';
import { Call } from './call.js';
import { agentCard } from './card.js';
import { readJson, sendJson, sendStream } from './http.js';
import { RunsHandler } from './runs-handler.js';
import { saidIn } from './said.js';

const CARD_PATH = '/.well-known/agent-card.json';

/** One version on the wire. */
interface Dialect {
  readonly handler: Pick<JsonRpcTransportHandler | LegacyJsonRpcTransportHandler, 'handle'>;
  readonly errorOf: (error: unknown) => unknown;
}

class A2aFace implements Face {
  readonly #current: Dialect;
  readonly #legacy: Dialect;

  constructor(private readonly runs: Runs) {
    const handler = new RunsHandler(runs);
    this.#current = {
      handler: new JsonRpcTransportHandler(handler),
      errorOf: (error) => JsonRpcTransportHandler.mapToJSONRPCError(error),
    };
    this.#legacy = {
      handler: new LegacyJsonRpcTransportHandler(handler),
      errorOf: (error) => LegacyJsonRpcTransportHandler.mapToLegacyJSONRPCError(error),
    };
  }

  accepts(request: IncomingMessage): boolean {
    const path = pathOf(request);
    return (request.method === 'POST' && path === '/') || (request.method === 'GET' && path === CARD_PATH);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') return sendJson(response, agentCard(urlOf(request), this.runs.bootId));
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = await readJson(request);
    if (body === undefined) return sendJson(response, NO_JSON);
    const call = new Call(gone.signal, saidIn(body['params']));
    const { handler, errorOf } = this.#dialectOf(body['method']);
    const answer = await handler.handle(body, call);
    if (!(Symbol.asyncIterator in answer)) return sendJson(response, answer);
    await sendStream(response, answer, { id: body['id'] ?? null, errorOf, signal: gone.signal });
  }

  /** By the method and not by the header of the version: clouds may take that away. */
  #dialectOf(method: unknown): Dialect {
    return typeof method === 'string' && isLegacyJsonRpcMethod(method) ? this.#legacy : this.#current;
  }
}

const NO_JSON = { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'The body is no JSON object.' } };

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0] ?? '/';

/** As the cloud says; else as the caller has reached us. */
const urlOf = ({ headers }: IncomingMessage): string =>
  process.env['AGENTCORE_RUNTIME_URL'] ?? `http://${headers.host ?? 'localhost'}/`;

export const createFace: CreateFace = (runs) => new A2aFace(runs);
