// The port through which the engine tells what it does as spans. What a span is made of is decided in spans.ts; who makes
// none is `untraced`.
import type { TraceContext } from '@agent-dispatch/schemas';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  name: string;
  /** producer: what hangs under it goes on after its end. consumer: the work that a producer's span asked for. client: a call. */
  kind: 'producer' | 'consumer' | 'client';
  parent: TraceContext | undefined;
  attributes: SpanAttributes;
  /** Epoch milliseconds. Default now. */
  at?: number;
}

export interface SpanEnd {
  attributes?: SpanAttributes;
  /** The code of what went wrong; absent where nothing did. */
  error?: string;
  /** Epoch milliseconds. Default now. */
  at?: number;
}

export interface Span {
  /** For what hangs under it: its own context, or its parent's where no span is made. */
  readonly trace: TraceContext | undefined;
  /** Does the work so that instrumented libraries add nothing to what it sends: its headers are the task's, and may be signed. */
  run<Answer>(work: () => Answer): Answer;
  /** To be called once. */
  end(told?: SpanEnd): void;
}

/** Never throws: no task fails for its spans. */
export interface Tracer {
  begin(start: SpanStart): Span;
}

export const untraced: Tracer = {
  begin: ({ parent }) => ({ trace: parent, run: (work) => work(), end: () => undefined }),
};
