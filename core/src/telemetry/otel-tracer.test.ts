// The tracer over the real API, behind which stands the least of an SDK.
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  context,
  createContextKey,
  createTraceState,
  ROOT_CONTEXT,
  trace,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type TraceState,
  type Tracer,
} from '@opentelemetry/api';
import { isRegistered, otelTracer } from './otel-tracer.js';

const PARENT = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, tracestate: 'v=1' };
const OWN: SpanContext = { traceId: '1'.repeat(32), spanId: '3'.repeat(16), traceFlags: 1 };
const start = { name: 'agentdispatch.start', kind: 'client', parent: PARENT, attributes: { a: 1 } } as const;

interface Made {
  name: string;
  options: SpanOptions;
  parent: SpanContext | undefined;
  calls: unknown[][];
}

let made: Made[];
let failures: unknown[];
let spanContext: SpanContext;
let startSpan: Tracer['startSpan'];

function note(calls: unknown[][]): Span {
  const span: object = new Proxy(
    {},
    {
      get: (_, method) =>
        method === 'spanContext'
          ? () => spanContext
          : (...args: unknown[]) => {
              calls.push([method, ...args]);
              return span;
            },
    },
  );
  return span as Span;
}

beforeEach(() => {
  made = [];
  failures = [];
  spanContext = OWN;
  startSpan = (name, options = {}, around = ROOT_CONTEXT) => {
    const calls: unknown[][] = [];
    made.push({ name, options, parent: trace.getSpanContext(around), calls });
    return note(calls);
  };
  trace.setGlobalTracerProvider({
    getTracer: () => ({ startSpan: (...args) => startSpan(...args) }) as Tracer,
  });
});
afterEach(() => {
  trace.disable();
  context.disable();
});

const tracer = otelTracer('1.2.3', (error) => void failures.push(error));

describe('a span', () => {
  it('hangs under the trace that it is given, at its time', () => {
    const span = tracer.begin({ ...start, at: 5 });
    expect(span.trace).toEqual({ traceparent: `00-${'1'.repeat(32)}-${'3'.repeat(16)}-01` });
    span.end({ attributes: { b: 'c' }, error: 'AD_X', at: 9 });
    expect(made).toMatchObject([
      {
        name: 'agentdispatch.start',
        options: { kind: 2, startTime: 5, attributes: { a: 1 } },
        parent: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1, isRemote: true },
      },
    ]);
    expect(made[0]?.parent?.traceState?.serialize()).toBe('v=1');
    expect(made[0]?.calls).toEqual([
      ['setAttributes', { b: 'c' }],
      ['setAttribute', 'error.type', 'AD_X'],
      ['setStatus', { code: 2 }],
      ['end', 9],
    ]);
  });

  it('begins a trace where there is no parent', () => {
    tracer.begin({ ...start, parent: undefined });
    expect(made).toMatchObject([{ parent: undefined }]);
  });

  it('that is not sampled says so to what hangs under it, with the state of its trace', () => {
    spanContext = { ...OWN, traceFlags: 0, traceState: createTraceState('v=1,w=2') };
    expect(tracer.begin(start).trace).toEqual({
      traceparent: `00-${'1'.repeat(32)}-${'3'.repeat(16)}-00`,
      tracestate: 'v=1,w=2',
    });
  });

  it('passes no state on that a record cannot hold', () => {
    spanContext = { ...OWN, traceState: { serialize: () => 'x'.repeat(513) } as TraceState };
    expect(tracer.begin(start).trace).not.toHaveProperty('tracestate');
  });

  it('keeps instrumented libraries from adding to what is sent in it', async () => {
    const storage = new AsyncLocalStorage<Context>();
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (around, work, self, ...args) => storage.run(around, () => work.call(self as never, ...args)),
      bind: (_, target) => target,
      enable: () => context as never,
      disable: () => context as never,
    });
    const isSuppressed = async (): Promise<unknown> => {
      await Promise.resolve();
      return context.active().getValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'));
    };
    expect(await tracer.begin(start).run(isSuppressed)).toBe(true);
    expect(await isSuppressed()).toBeUndefined();
  });
});

describe('a part of the SDK that throws', () => {
  it('when a span begins makes none, and stops nothing', () => {
    startSpan = () => {
      throw new Error('sampler');
    };
    const span = tracer.begin(start);
    expect(span.trace).toBe(PARENT);
    expect(span.run(() => 'done')).toBe('done');
    span.end();
    expect(failures).toEqual([new Error('sampler')]);
  });

  it('when a span ends is told', () => {
    startSpan = () =>
      ({
        spanContext: () => OWN,
        setAttributes: () => {
          throw new Error('processor');
        },
      }) as unknown as Span;
    tracer.begin(start).end();
    expect(failures).toEqual([new Error('processor')]);
  });
});

describe('an SDK', () => {
  it('is there when spans come of it, and not when the API answers alone', () => {
    expect(isRegistered()).toBe(true);
    trace.disable();
    expect(isRegistered()).toBe(false);
    expect(tracer.begin(start).trace).toEqual(PARENT);
    expect(tracer.begin({ ...start, parent: undefined }).trace).toBeUndefined();
  });
});
