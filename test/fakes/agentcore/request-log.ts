// What reached the fake, in order of arrival: requests, and executions of agents. Tests count from here, not from the product's records.
// Holds no secret: of the Authorization header only the access key id of its scope.
import type { Changes } from './changes.js';
import type { Clock } from './clock.js';
import type { Plane } from './wire/service-model.js';

/** How a request ended: `pending` until then. */
export type RequestOutcome = 'pending' | 'answered' | 'hung' | 'lost' | 'reset' | 'client-gone' | 'broken';

export interface RequestRecord {
  /** 1 for the first request whose body was whole (or broke off). */
  readonly order: number;
  readonly at: number;
  readonly method: string;
  /** As it stood on the request line, query included. */
  readonly target: string;
  /** SDK name; `Unknown` when nothing fits. */
  readonly operation: string;
  readonly plane: Plane | undefined;
  readonly region: string | undefined;
  /** From the credential scope, verified or not. */
  readonly accessKeyId: string | undefined;
  readonly sessionId: string | undefined;
  readonly contentType: string | undefined;
  /** Set when a fault was applied. */
  fault: string | undefined;
  /** Status sent or meant to be sent; undefined when it never came to one. */
  status: number | undefined;
  /** `x-amzn-errortype` of the answer. */
  errorType: string | undefined;
  /** True when a client token brought an earlier answer back. */
  replayed: boolean;
  /** True once the connection closed before the answer was whole, whoever closed it. */
  cutShort: boolean;
  outcome: RequestOutcome;
}

/** One call that an agent got. `ended` means its microVM went away under it. */
export interface ExecutionRecord {
  readonly kind: 'invocation' | 'command';
  readonly order: number;
  readonly at: number;
  readonly runtimeName: string;
  readonly region: string;
  readonly sessionId: string;
  readonly bootId: string;
  /** Of a command its line. */
  readonly payload: Uint8Array;
  outcome: 'running' | 'completed' | 'failed' | 'ended';
}

export type RequestFilter = Partial<
  Pick<RequestRecord, 'operation' | 'region' | 'accessKeyId' | 'sessionId' | 'outcome'>
>;
export type ExecutionFilter = Partial<
  Pick<ExecutionRecord, 'kind' | 'runtimeName' | 'region' | 'sessionId' | 'bootId' | 'outcome'>
>;

type Arrived = Pick<
  RequestRecord,
  'method' | 'target' | 'operation' | 'plane' | 'region' | 'accessKeyId' | 'sessionId' | 'contentType'
>;
type Begun = Omit<ExecutionRecord, 'order' | 'at' | 'outcome'>;

export class RequestLog {
  readonly #requests: RequestRecord[] = [];
  readonly #executions: ExecutionRecord[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly changes: Changes,
  ) {}

  requests(filter: RequestFilter = {}): readonly RequestRecord[] {
    return this.#requests.filter((record) => matches(record, filter));
  }

  executions(filter: ExecutionFilter = {}): readonly ExecutionRecord[] {
    return this.#executions.filter((record) => matches(record, filter));
  }

  /** Notes a request that arrived; the owner fills in its end and calls `changed`. */
  arrived(request: Arrived): RequestRecord {
    const record: RequestRecord = {
      order: this.#requests.length + 1,
      at: this.clock.now(),
      ...request,
      fault: undefined,
      status: undefined,
      errorType: undefined,
      replayed: false,
      cutShort: false,
      outcome: 'pending',
    };
    this.#requests.push(record);
    this.changes.notify();
    return record;
  }

  /** Notes that an agent got a call. */
  begun(execution: Begun): ExecutionRecord {
    const record: ExecutionRecord = {
      order: this.#executions.length + 1,
      at: this.clock.now(),
      ...execution,
      outcome: 'running',
    };
    this.#executions.push(record);
    this.changes.notify();
    return record;
  }

  changed(): void {
    this.changes.notify();
  }
}

function matches<T extends object>(record: T, filter: Partial<T>): boolean {
  return (Object.keys(filter) as (keyof T)[]).every(
    (name) => filter[name] === undefined || record[name] === filter[name],
  );
}
