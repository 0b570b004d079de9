// The worker's face in A2A, versions 1.0 and 0.3: JSON-RPC on `/`, and the agent card. The calls are read and written by the SDK;
// what they do stands in the handler.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLegacyJsonRpcMethod } from '@a2a-js/sdk/compat/v0_3';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import { JsonRpcTransportHandler } from '@a2a-js/sdk/server';
import type { Runs } from '../../runs/run.js';
import { parseJson, readBody, sendJson } from '../../server/body.js';
import { pathOf } from '../../server/server.js';
import type { CreateFace, Face } from '../face.js';
import { Call } from './call.js';
import { agentCard } from './card.js';
import { sendStream } from './event-stream.js';
import { RunsHandler } from './runs-handler.js';
import { isRecord, saidIn } from './said.js';

const CARD_PATH = '/.well-known/agent-card.json';

/** One version on the wire. */
interface Dialect {
  readonly handler: Pick<JsonRpcTransportHandler | LegacyJsonRpcTransportHandler, 'handle'>;
  readonly errorOf: (error: unknown) => unknown;
}

class A2aFace implements Face {
  readonly #runs: Runs;
  readonly #current: Dialect;
  readonly #legacy: Dialect;

  constructor(runs: Runs) {
    this.#runs = runs;
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
    if (request.method === 'GET') return sendJson(response, 200, agentCard(urlOf(request), this.#runs.bootId));
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = parseJson(await readBody(request, LONGEST_BODY));
    if (!isRecord(body)) return sendJson(response, 200, NO_JSON);
    const { handler, errorOf } = this.#dialectOf(body['method']);
    const answer = await handler.handle(body, new Call(gone.signal, saidIn(body['params'])));
    if (!(Symbol.asyncIterator in answer)) return sendJson(response, 200, answer);
    const id = body['id'] ?? null;
    await sendStream(response, answer, (error) => ({ jsonrpc: '2.0', id, error: errorOf(error) }));
  }

  /** By the method and not by the header of the version: clouds may take that away. */
  #dialectOf(method: unknown): Dialect {
    return typeof method === 'string' && isLegacyJsonRpcMethod(method) ? this.#legacy : this.#current;
  }
}

/** A message with its files in it, as base64. Bytes. */
const LONGEST_BODY = 64 * 1024 * 1024;

const NO_JSON = { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'The body is no JSON object.' } };

/** As the cloud says; else as the caller has reached us. */
const urlOf = ({ headers }: IncomingMessage): string =>
  process.env['AGENTCORE_RUNTIME_URL'] ?? `http://${headers.host ?? 'localhost'}/`;

export const createFace: CreateFace = (runs) => new A2aFace(runs);
