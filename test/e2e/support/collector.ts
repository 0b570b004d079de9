// The network side of an OpenTelemetry collector: takes spans as OTLP over HTTP in JSON, and keeps them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Place } from './place.js';

interface OtlpValue {
  stringValue?: string;
  intValue?: number | string;
  boolValue?: boolean;
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: OtlpValue }[];
  status: { code?: number; message?: string };
  events: object[];
}

interface OtlpRequest {
  resourceSpans: { scopeSpans: { scope: { name: string; version: string }; spans: OtlpSpan[] }[] }[];
}

const COME_MS = 20_000;

export interface Collector {
  url: string;
  /** As they came. */
  spans: OtlpSpan[];
  /** Headers of every request. */
  headers: NodeJS.Dict<string | string[]>[];
  /** Bodies of every request, as text. */
  bodies: string[];
  /** Waits for a span of that name in the trace. @throws with those that came, when it does not come. */
  span(name: string, traceId?: string): Promise<OtlpSpan>;
}

/** @param silent takes requests and never answers. */
export async function startCollector(place: Place, { silent = false } = {}): Promise<Collector> {
  const spans: OtlpSpan[] = [];
  const headers: Collector['headers'] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      if (silent) return;
      bodies.push(body);
      const { resourceSpans } = JSON.parse(body) as OtlpRequest;
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  place.atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    spans,
    headers,
    bodies,
    span: async (name, traceId) => {
      for (const end = Date.now() + COME_MS; ;) {
        const found = spans.find((span) => span.name === name && (traceId ?? span.traceId) === span.traceId);
        if (found !== undefined) return found;
        if (Date.now() > end) throw new Error(`no ${name} among ${spans.map((span) => span.name).join(', ')}`);
        await delay(20);
      }
    },
  };
}

export const attributesOf = ({ attributes }: OtlpSpan): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
