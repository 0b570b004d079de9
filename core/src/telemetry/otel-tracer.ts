// The engine's Tracer over the OpenTelemetry API. The only file that imports it, and itself imported by nobody who has not
// been told to make spans.
import {
  context,
  createContextKey,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
} from '@opentelemetry/api';
import type { TraceContext } from '@agent-dispatch/schemas';
import { untraced, type Span, type SpanEnd, type SpanStart, type Tracer } from '../engine/index.js';

const KINDS = { producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT } as const;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/**
 * Under it an SDK makes and passes on no spans but ours. Without, its instrumentation of `fetch` adds a second `traceparent`
 * to that of a task, and its instrumentation of `http` puts its own into a request that is signed already.
 */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
/** Of a tracestate that a task's record holds. */
const MOST_STATE = 512;

/** @param onFailure told what parts of the SDK throw, such as a processor of the user's own. */
export function otelTracer(version: string, onFailure: (error: unknown) => void): Tracer {
  return {
    begin: (start) => {
      try {
        return begin(start, version, onFailure);
      } catch (error) {
        onFailure(error);
        return untraced.begin(start);
      }
    },
  };
}

function begin(
  { name, kind, parent, at, attributes }: SpanStart,
  version: string,
  onFailure: (error: unknown) => void,
): Span {
  const around = parent === undefined ? ROOT_CONTEXT : under(parent);
  const options = { kind: KINDS[kind], attributes, ...(at !== undefined && { startTime: at }) };
  const span = trace.getTracer('agentdispatch', version).startSpan(name, options, around);
  const within = trace.setSpan(around, span).setValue(SUPPRESSED, true);
  return {
    trace: traceOf(span.spanContext()) ?? parent,
    run: (work) => context.with(within, work),
    end: (told = {}) => {
      try {
        end(span, told);
      } catch (error) {
        onFailure(error);
      }
    },
  };
}

function end(span: OtelSpan, { attributes = {}, error, at }: SpanEnd): void {
  span.setAttributes(attributes);
  if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
  span.end(at);
}

function under({ traceparent, tracestate }: TraceContext): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  });
}

function traceOf(span: SpanContext): TraceContext | undefined {
  if (!isSpanContextValid(span)) return undefined;
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
  const tracestate = span.traceState?.serialize() ?? '';
  return {
    traceparent: `00-${span.traceId}-${span.spanId}-${flags}`,
    ...(tracestate !== '' && tracestate.length <= MOST_STATE && { tracestate }),
  };
}

/** Asked under a parent that nobody records: the API alone gives that back, an SDK a span of its own. */
const PARENT = { traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00` };

/** Whether an SDK stands behind the API: none does where it was registered through an older API than this one. */
export function isRegistered(): boolean {
  const { spanId } = trace.getTracer('agentdispatch').startSpan('agentdispatch.probe', {}, under(PARENT)).spanContext();
  return spanId !== PARENT.traceparent.split('-')[2];
}

/** The API knows no flush; the provider of an SDK, which stands behind the API's own, has one. */
export async function flush(): Promise<void> {
  const provider: object = trace.getTracerProvider();
  const inner: unknown = 'getDelegate' in provider ? (provider as { getDelegate(): unknown }).getDelegate() : provider;
  if (canFlush(inner)) await inner.forceFlush();
}

const canFlush = (provider: unknown): provider is { forceFlush(): Promise<void> } =>
  typeof (provider as { forceFlush?: unknown } | undefined)?.forceFlush === 'function';
