// The way of runtimes and endpoints through their states: CREATING to READY, DELETING to gone, and failures that a test
// ordered. Time is the fake's clock. Knows no HTTP.
import type { Changes } from '../changes.js';
import type { Clock } from '../clock.js';
import { DEFAULT_ENDPOINT, type EndpointRecord, type RuntimeRecord, type RuntimeTable } from './runtimes.js';
import type { SessionTable } from './sessions.js';

/** How long each step takes, in milliseconds of the fake's clock. May be changed while the fake runs. */
export interface Durations {
  /** From CreateAgentRuntime to READY. Default 0. */
  createMs: number;
  /** From there, or from CreateAgentRuntimeEndpoint, until the endpoint is READY. Default 0. */
  endpointMs: number;
  /** From DELETING to 404. Default 0. */
  deleteMs: number;
}

export interface FailureOrder {
  readonly step: 'create' | 'endpoint' | 'delete';
  readonly reason?: string | undefined;
  /** How many runtimes or endpoints meet it. Default 1. */
  readonly times?: number | undefined;
}

export class Lifecycles {
  readonly durations: Durations;
  readonly #failures: { order: FailureOrder; left: number }[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly changes: Changes,
    private readonly tables: { readonly runtimes: RuntimeTable; readonly sessions: SessionTable },
    durations: Partial<Durations> = {},
  ) {
    this.durations = { createMs: 0, endpointMs: 0, deleteMs: 0, ...durations };
  }

  /** The next step of this kind ends in CREATE_FAILED or DELETE_FAILED. */
  failNext(order: FailureOrder): void {
    this.#failures.push({ order, left: order.times ?? 1 });
  }

  /** @param fault why it cannot become READY, whatever a test ordered. */
  create(runtime: RuntimeRecord, fault?: string): void {
    const endpoint: EndpointRecord = { name: DEFAULT_ENDPOINT, status: 'CREATING', failureReason: undefined };
    runtime.endpoints.set(DEFAULT_ENDPOINT, endpoint);
    const order = fault === undefined ? this.#take('create') : { reason: fault };
    this.#later(this.durations.createMs, () => {
      this.#settle(runtime, order, 'CREATE_FAILED');
      if (runtime.status === 'READY') this.createEndpoint(endpoint);
      else this.#settle(endpoint, order, 'CREATE_FAILED');
    });
  }

  createEndpoint(endpoint: EndpointRecord): void {
    const order = this.#take('endpoint');
    this.#later(this.durations.endpointMs, () => this.#settle(endpoint, order, 'CREATE_FAILED'));
  }

  /** The sessions end, then the runtime is gone. */
  delete(runtime: RuntimeRecord): void {
    runtime.status = 'DELETING';
    const order = this.#take('delete');
    this.#later(this.durations.deleteMs, () => {
      if (order !== undefined) return this.#settle(runtime, order, 'DELETE_FAILED');
      this.tables.sessions.endAll(runtime);
      this.tables.runtimes.remove(runtime);
    });
  }

  deleteEndpoint(runtime: RuntimeRecord, endpoint: EndpointRecord): void {
    endpoint.status = 'DELETING';
    this.#later(this.durations.deleteMs, () => runtime.endpoints.delete(endpoint.name));
  }

  #settle(
    what: Pick<RuntimeRecord, 'status' | 'failureReason'>,
    failure: Pick<FailureOrder, 'reason'> | undefined,
    failed: 'CREATE_FAILED' | 'DELETE_FAILED',
  ): void {
    what.status = failure === undefined ? 'READY' : failed;
    what.failureReason = failure && (failure.reason ?? 'It failed on purpose');
  }

  #take(step: FailureOrder['step']): FailureOrder | undefined {
    const found = this.#failures.find(({ order, left }) => order.step === step && left > 0);
    if (found !== undefined) found.left -= 1;
    return found?.order;
  }

  #later(ms: number, step: () => void): void {
    const act = (): void => {
      step();
      this.changes.notify();
    };
    if (ms === 0) act();
    else this.clock.schedule(ms, act);
  }
}
