// The way of one request: route, log, fault, signature, schema, constraints, operation, answer. Each step is its own module;
// this one only keeps the order, and tells a mistake in the fake from an answer of the service.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerIdentity, isStsCall, STS_SERVICE, stsError } from './caller-identity.js';
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
  readonly maxPayloadBytes: number;
  /** Told of mistakes in the fake or its options; the client gets a 500. */
  readonly onDefect: (cause: unknown) => void;
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly place: Place;
  readonly route: Route | undefined;
  readonly region: string;
  readonly record: RequestRecord;
}

const SESSION_HEADER = 'x-amzn-bedrock-agentcore-runtime-session-id';

export class Front {
  constructor(private readonly options: FrontOptions) {}

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, around, maxPayloadBytes } = this.options;
    const body = await readBody(request, maxPayloadBytes);
    const arrival = this.#receive(request);
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

  #receive(request: IncomingMessage): Arrival {
    const { method = 'GET', url = '/', headers } = request;
    const [rawPath = '/', ...queryParts] = url.split('?');
    const place = locate(rawPath, this.options.regions);
    const route = findRoute(method, place);
    const authorization = readAuthorization(headers);
    const region = place.region ?? authorization?.region ?? '';
    const record = this.options.around.log.arrived({
      method,
      target: url,
      operation: route?.operation.name ?? (isStsCall(method, place.path) ? 'GetCallerIdentity' : 'Unknown'),
      plane: route?.operation.plane,
      region,
      accessKeyId: authorization?.accessKeyId,
      sessionId: [headers[SESSION_HEADER]].flat()[0],
      contentType: headers['content-type'],
    });
    return { request, rawPath, query: new URLSearchParams(queryParts.join('?')), place, route, region, record };
  }

  async #answer(arrival: Arrival, body: Buffer | 'too-large'): Promise<Reply> {
    const isSts = arrival.record.operation === 'GetCallerIdentity';
    try {
      if (body === 'too-large')
        throw invalidFields([
          { name: 'payload', message: `Body must not exceed ${this.options.maxPayloadBytes} bytes` },
        ]);
      return isSts ? callerIdentity(body, this.#caller(arrival, body, STS_SERVICE)) : await this.#work(arrival, body);
    } catch (cause) {
      if (!(cause instanceof ServiceError)) this.options.onDefect(cause);
      const error =
        cause instanceof ServiceError ? cause : new ServiceError('InternalServerException', 'The fake itself failed');
      return isSts ? stsError(error) : encodeError(error);
    }
  }

  async #work(arrival: Arrival, body: Buffer): Promise<Reply> {
    const { route, record, region, query, request } = arrival;
    const serve = SERVED.get(record.operation);
    if (route === undefined || serve === undefined) {
      throw new ServiceError(
        'UnknownOperationException',
        `${record.operation} (${record.method} ${arrival.place.path}) is not served`,
      );
    }
    const bearer = route.operation.plane === 'data' ? bearerOf(request.headers) : undefined;
    const caller =
      bearer === undefined
        ? this.#caller(arrival, body, SIGNING_SERVICE)
        : { ...verifyToken(bearer, this.options.tokens), accessKeyId: 'token' };
    requirePermission(caller, record.operation);
    const input = bindInput(route.operation, { labels: route.labels, query, headers: request.headers, body });
    checkConstraints(route.operation.input, input);
    const home = { account: caller.account, region };
    const authorization = bearer === undefined ? 'sigv4' : 'bearer';
    const output = await serve({ input, headers: request.headers, home, authorization, record }, this.options.world);
    return encodeOutput(route.operation, output);
  }

  #caller({ record, rawPath, query, request, region }: Arrival, body: Buffer, service: string): Caller {
    const signed = { method: record.method, rawPath, query, headers: request.headers, body };
    const known = this.options.regions.includes(region) ? region : (this.options.regions[0] ?? '');
    return verifySignature(signed, { region: known, service }, this.options.credentials);
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

function requirePermission(caller: Pick<Caller, 'account' | 'accessKeyId' | 'denied'>, operation: string): void {
  if (caller.denied?.includes(operation) !== true) return;
  const who = `arn:aws:iam::${caller.account}:user/${caller.accessKeyId}`;
  throw new ServiceError(
    'AccessDeniedException',
    `User: ${who} is not authorized to perform: bedrock-agentcore:${operation}`,
  );
}
