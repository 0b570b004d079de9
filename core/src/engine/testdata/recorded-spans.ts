// A tracer that keeps what it is told, and gives every span a context of its own.
import type { Span, SpanEnd, SpanStart, Tracer } from '../index.js';

export interface RecordedSpan extends SpanStart {
  context: NonNullable<Span['trace']>;
  /** Absent until it has ended. */
  end?: SpanEnd;
  /** How often work was done in it. */
  runs: number;
}

export class RecordedSpans implements Tracer {
  readonly all: RecordedSpan[] = [];

  begin(start: SpanStart): Span {
    const number = (this.all.length + 1).toString(16).padStart(16, '0');
    const traceId = start.parent?.traceparent.slice(3, 35) ?? 'a'.repeat(32);
    const span: RecordedSpan = { ...start, context: { traceparent: `00-${traceId}-${number}-01` }, runs: 0 };
    this.all.push(span);
    return {
      trace: span.context,
      run: (work) => {
        span.runs += 1;
        return work();
      },
      end: (told = {}) => {
        if (span.end !== undefined) throw new Error(`${span.name} ended twice`);
        span.end = told;
      },
    };
  }

  /** In the order in which they began: name, outcome, code. */
  get told(): unknown[] {
    return this.all.map(({ name, end }) => [name, end?.attributes?.['agentdispatch.outcome'], end?.error]);
  }
}
