// The way of one request: route, log, fault, signature, schema, constraints, operation, answer. Each step is its own module;
// this one only keeps the order, and tells a mistake in the fake from an answer of the service.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerBeside, type Beside, type BesideCall, besideCall, besideError, layerAt } from './beside.js';
import { refusalOf, shapingOf, type Surroundings, untilLanded } from './fault-effects.js';
import type { FaultPlan } from './faults.js';
import { checkConstraints } from './operations/constraints.js';
import { SERVED } from './operations/index.js';
import type { World } from './operations/operation.js';
import type { RequestRecord } from './request-log.js';
import { bindInput } from './wire/bind-input.js';
import { deliver, type Shaping } from './wire/deliver.js';
import { encodeError, encodeOutput, type Reply } from './wire/encode-output.js';
import { readBody } from './wire/read-body.js';
import { bearerOf, type TokenTable, verifyToken } from './wire/bearer.js';
import { findRoute, locate, type Place, type Route } from './wire/router.js';
import { invalidFields, ServiceError } from './wire/service-error.js';
import {
  type Caller,
  type CredentialTable,
  readAuthorization,
  SIGNING_SERVICE,
  verifySignature,
} from './wire/signature.js';

export interface FrontOptions {
  readonly world: World;
  readonly faults: FaultPlan;
  readonly around: Surroundings;
  readonly regions: readonly string[];
  readonly credentials: CredentialTable;
  readonly tokens: TokenTable;
  readonly beside: Beside;
  readonly maxPayloadBytes: number;
  /** By how much the service's clock is ahead of this machine's. */
  readonly aheadMs: number;
  /** Told of mistakes in the fake or its options; the client gets a 500. */
  readonly onDefect: (cause: unknown) => void;
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly place: Place;
  readonly route: Route | undefined;
  /** A call of another service. */
  readonly beside: BesideCall | undefined;
  readonly region: string;
  readonly record: RequestRecord;
}

const IAM_REGION = 'us-east-1';
const SESSION_HEADER = 'x-amzn-bedrock-agentcore-runtime-session-id';

export class Front {
  constructor(private readonly options: FrontOptions) {}

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, around, maxPayloadBytes } = this.options;
    response.setHeader('date', new Date(this.#now()).toUTCString());
    const body = await readBody(request, maxPayloadBytes);
    const arrival = this.#receive(request, Buffer.isBuffer(body) ? body : Buffer.alloc(0));
    const { record } = arrival;
    if (body === 'client-gone') {
      this.#end(record, body);
      return;
    }
    this.#watch(response, record);
    const { operation, sessionId } = record;
    const fault = faults.take({ operation, sessionId, body: body === 'too-large' ? Buffer.alloc(0) : body });
    record.fault = fault?.kind;
    if (fault?.kind === 'hang') {
      this.#end(record, 'hung');
      return;
    }
    await untilLanded(fault, record, around);
    const reply = refusalOf(fault) ?? (await this.#answer(arrival, body));
    record.status = reply.status;
    record.errorType = reply.headers['x-amzn-errortype'];
    this.#end(record, await this.#send(response, reply, shapingOf(fault, around.clock)));
  }

  #receive(request: IncomingMessage, body: Buffer): Arrival {
    const { method = 'GET', url = '/', headers } = request;
    const [rawPath = '/', ...queryParts] = url.split('?');
    const place = locate(rawPath, this.options.regions);
    const route = findRoute(method, place);
    const beside = besideCall({ method, path: place.path, headers, body });
    const authorization = readAuthorization(headers);
    const region = place.region ?? authorization?.region ?? '';
    const record = this.options.around.log.arrived({
      method,
      target: url,
      operation: route?.operation.name ?? beside?.operation ?? 'Unknown',
      plane: route?.operation.plane,
      region,
      accessKeyId: authorization?.accessKeyId,
      sessionId: [headers[SESSION_HEADER]].flat()[0],
      contentType: headers['content-type'],
    });
    const query = new URLSearchParams(queryParts.join('?'));
    return { request, rawPath, query, place, route, beside, region, record };
  }

  async #answer(arrival: Arrival, body: Buffer | 'too-large'): Promise<Reply> {
    const { beside } = arrival;
    try {
      if (body === 'too-large')
        throw invalidFields([
          { name: 'payload', message: `Body must not exceed ${this.options.maxPayloadBytes} bytes` },
        ]);
      return beside === undefined ? await this.#work(arrival, body) : this.#answerBeside(arrival, beside);
    } catch (cause) {
      if (!(cause instanceof ServiceError)) this.options.onDefect(cause);
      const error =
        cause instanceof ServiceError ? cause : new ServiceError('InternalServerException', 'The fake itself failed');
      return beside === undefined ? encodeError(error) : besideError(error, beside);
    }
  }

  #answerBeside(arrival: Arrival, call: BesideCall): Reply {
    // IAM has one region.
    const place = call.service === 'iam' ? { ...arrival, region: IAM_REGION } : arrival;
    const caller = this.#caller(place, call.body, call.service);
    requirePermission(caller, call.operation, call.service);
    return answerBeside(call, caller, this.options.beside);
  }

  async #work(arrival: Arrival, body: Buffer): Promise<Reply> {
    const { route, record, region, query, request, place } = arrival;
    const layer = layerAt(record.method, place.path);
    if (layer !== undefined) return layer;
    const serve = SERVED.get(record.operation);
    if (route === undefined || serve === undefined) {
      throw new ServiceError(
        'UnknownOperationException',
        `${record.operation} (${record.method} ${place.path}) is not served`,
      );
    }
    const bearer = route.operation.plane === 'data' ? bearerOf(request.headers) : undefined;
    const caller =
      bearer === undefined
        ? this.#caller(arrival, body, SIGNING_SERVICE)
        : { ...verifyToken(bearer, this.options.tokens), accessKeyId: 'token' };
    requirePermission(caller, record.operation, SIGNING_SERVICE);
    const input = bindInput(route.operation, { labels: route.labels, query, headers: request.headers, body });
    checkConstraints(route.operation.input, input);
    const home = { account: caller.account, region };
    const authorization = bearer === undefined ? 'sigv4' : 'bearer';
    const output = await serve({ input, headers: request.headers, home, authorization, record }, this.options.world);
    return encodeOutput(route.operation, output);
  }

  #caller({ record, rawPath, query, request, region }: Omit<Arrival, 'route'>, body: Buffer, service: string): Caller {
    const signed = { method: record.method, rawPath, query, headers: request.headers, body };
    const isKnown = this.options.regions.includes(region) || region === IAM_REGION;
    const known = isKnown ? region : (this.options.regions[0] ?? '');
    return verifySignature(signed, { region: known, service, now: this.#now() }, this.options.credentials);
  }

  #now(): number {
    return Date.now() + this.options.aheadMs;
  }

  async #send(response: ServerResponse, reply: Reply, shaping: Shaping): Promise<RequestRecord['outcome']> {
    try {
      return await deliver(response, reply, shaping);
    } catch {
      // The container broke off in the middle of its answer; its execution record says how.
      return 'broken';
    }
  }

  #watch(response: ServerResponse, record: RequestRecord): void {
    response.once('close', () => {
      record.cutShort = !response.writableFinished;
      this.options.around.log.changed();
    });
  }

  #end(record: RequestRecord, outcome: RequestRecord['outcome']): void {
    record.outcome = outcome;
    this.options.around.log.changed();
  }
}

function requirePermission(
  caller: Pick<Caller, 'account' | 'accessKeyId' | 'denied'>,
  operation: string,
  service: string,
): void {
  if (caller.denied?.includes(operation) !== true) return;
  const who = `arn:aws:iam::${caller.account}:user/${caller.accessKeyId}`;
  throw new ServiceError('AccessDeniedException', `User: ${who} is not authorized to perform: ${service}:${operation}`);
}
