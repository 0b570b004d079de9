import { createRequire } from 'node:module';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { TemporaryDirectories } from '../config/testdata/temporary-directory.js';
import { untraced } from '../engine/index.js';
import { configIn } from '../plugins/testdata/packages.js';
import type { Logger } from '../provider/index.js';
import { openTelemetry, type Telemetry } from './telemetry.js';

const api = createRequire(import.meta.url).resolve('@opentelemetry/api');
const directories = new TemporaryDirectories();
const SECRET = 'vq8-topmost-93kd';

let told: [string, unknown][];
const logger: Logger = {
  debug: () => undefined,
  info: (message, fields) => void told.push([message, fields]),
  warn: (message, fields) => void told.push([message, fields]),
};
beforeEach(() => {
  told = [];
  process.env['OTEL_EXPORTER_OTLP_HEADERS'] = `x-api-key=${SECRET}`;
});
afterEach(async () => {
  trace.disable();
  delete process.env['OTEL_EXPORTER_OTLP_HEADERS'];
  await directories.clean();
});

/** @param code of the module that the configuration names; without one it names none. */
async function open(code?: string, registerMs?: number): Promise<Telemetry> {
  const root = await directories.make(code === undefined ? {} : { 'telemetry.mjs': code });
  const config = configIn(root, code === undefined ? {} : { telemetry: { register: './telemetry.mjs' } });
  return await openTelemetry({ config, logger, ...(registerMs !== undefined && { registerMs }) });
}

/** A module that registers the least of an SDK. */
const registering = (flush = ''): string => `
  import api from ${JSON.stringify(api)};
  const context = { traceId: 'd'.repeat(32), spanId: 'e'.repeat(16), traceFlags: 1 };
  const span = { spanContext: () => context };
  const provider = { getTracer: () => ({ startSpan: () => span }), async forceFlush() { ${flush} } };
  api.trace.setGlobalTracerProvider(provider);`;

describe('telemetry', () => {
  it('that is not configured makes no spans and says nothing', async () => {
    expect((await open()).tracer).toBe(untraced);
    expect(told).toEqual([]);
  });

  it('goes through what the named module has registered', async () => {
    const telemetry = await open(registering());
    expect(telemetry).toMatchObject({ register: './telemetry.mjs' });
    expect(telemetry.error).toBeUndefined();
    const { trace: own } = telemetry.tracer.begin({ name: 'x', kind: 'client', parent: undefined, attributes: {} });
    expect(own).toEqual({ traceparent: `00-${'d'.repeat(32)}-${'e'.repeat(16)}-01` });
    expect(told).toEqual([['spans are made', { register: './telemetry.mjs' }]]);
  });

  it.each([
    ['throws', `throw new Error('no ${SECRET}')`, 'no [redacted:known-value]'],
    ['registers nothing', '', 'registered no OpenTelemetry tracer provider'],
    ['cannot be loaded', "import './missing.mjs'", 'missing.mjs'],
  ])('whose module %s is told, and makes no spans', async (_, code, message) => {
    const { tracer, error } = await open(code);
    expect(tracer).toBe(untraced);
    expect(error).toMatchObject({ code: 'AD_CONFIG_TELEMETRY', message: expect.stringContaining(message) });
    expect(told).toMatchObject([['no spans are made', { code: 'AD_CONFIG_TELEMETRY', error: error?.message }]]);
    expect(JSON.stringify([told, error?.toJSON()])).not.toContain(SECRET);
  });

  it('does not wait for a module that never ends', async () => {
    const { error } = await open('await new Promise(() => setInterval(() => {}, 1e6).unref())', 1);
    expect(error?.message).toContain(path.join('telemetry.mjs did not end within'));
  });

  it('has what is left exported when it closes, and tells what could not be', async () => {
    const flushed = await open(registering('globalThis.flushes = (globalThis.flushes ?? 0) + 1;'));
    await flushed.close();
    expect((globalThis as { flushes?: number }).flushes).toBe(1);
    trace.disable();
    const failing = await open(registering(`throw new Error('refused ${SECRET}');`));
    await failing.close();
    expect(told.at(-1)).toEqual(['the last spans were not exported', { error: 'refused [redacted:known-value]' }]);
  });
});
