// What goes wrong on purpose: which request meets which fault, how often. Says nothing about how a fault is carried out.

export type Fault =
  /** Answered 429 before any work. */
  | { readonly kind: 'throttle' }
  /** Answered with this error type before any work; unknown types get 500. */
  | { readonly kind: 'error'; readonly type: string; readonly message?: string }
  /** An HTML page from a proxy on the way, before any work. Default status 503. */
  | { readonly kind: 'html'; readonly status?: number }
  /** Never answered, no work done; the connection stays open. */
  | { readonly kind: 'hang' }
  /** All the work is done, then the connection drops before the status line. */
  | { readonly kind: 'lost-response' }
  /** The connection drops after so many body chunks; the work goes on to its end. */
  | { readonly kind: 'reset'; readonly afterChunks: number }
  /** Each body chunk comes so many milliseconds (of the fake's clock) late. */
  | { readonly kind: 'slow-body'; readonly everyMs: number }
  /** The request lands only after so many milliseconds (of the fake's clock), whether or not the client still waits. */
  | { readonly kind: 'late'; readonly afterMs: number }
  /** The request lands only when a stop of its session, sent after it, has been answered. */
  | { readonly kind: 'late'; readonly afterStop: true };

export interface FaultOrder {
  /** SDK name of the operation, for example `InvokeAgentRuntime`. */
  readonly operation: string;
  readonly fault: Fault;
  /** How many requests meet it. Default 1. */
  readonly times?: number | undefined;
  /** Only requests of this session. Default any. */
  readonly sessionId?: string | undefined;
}

/** What a request is known by when its fault is chosen. */
export interface FaultCandidate {
  readonly operation: string;
  readonly sessionId: string | undefined;
  readonly body: Uint8Array;
}

interface Pending {
  readonly order: FaultOrder;
  left: number;
}

export class FaultPlan {
  #pending: Pending[] = [];
  #choose: (request: FaultCandidate) => Fault | undefined = () => undefined;

  /** Orders a fault; orders for the same operation are used up in the order they came. */
  inject(order: FaultOrder): void {
    this.#pending.push({ order, left: order.times ?? 1 });
  }

  /** Asked for each request that meets no order. Default: none meets a fault. */
  otherwise(choose: (request: FaultCandidate) => Fault | undefined): void {
    this.#choose = choose;
  }

  /** The fault that this request meets; an order is used up by asking. */
  take(request: FaultCandidate): Fault | undefined {
    const { operation, sessionId } = request;
    const found = this.#pending.find(
      ({ order }) => order.operation === operation && (order.sessionId ?? sessionId) === sessionId,
    );
    if (found === undefined) return this.#choose(request);
    found.left -= 1;
    if (found.left === 0) this.#pending = this.#pending.filter((pending) => pending !== found);
    return found.order.fault;
  }

  /** Faults that were ordered and not met yet. */
  get outstanding(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#pending = [];
  }
}
