// Runs the module that registers an SDK, once, and gives the tracer that reaches it. Whatever fails here is told, and tasks
// go on without spans: a collector that cannot be reached must not keep work from being done.
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { LoadedConfig } from '../config/loaded-config.js';
import { messageOf } from '../config/thrown.js';
import { untraced, type Tracer } from '../engine/index.js';
import { isDispatchError, type DispatchError } from '../errors/index.js';
import { createRedactor } from '../policy/index.js';
import { hostVersion } from '../plugins/own-package.js';
import type { Logger } from '../provider/index.js';
import { exporterSecrets } from './exporter-secrets.js';
import { registeringModule, telemetryError } from './registering-module.js';

export interface Telemetry {
  tracer: Tracer;
  /** What the configuration names; absent where it names nothing. */
  register?: string;
  /** Why no spans are made although they are configured. */
  error?: DispatchError;
  /** Has the spans that are over exported, as far as that takes no longer than 5 s. Never rejects. */
  close(): Promise<void>;
}

export interface TelemetryOptions {
  config: LoadedConfig;
  logger: Logger;
  /** How long the module may take. Default 10 s. */
  registerMs?: number;
}

const REGISTER_MS = 10_000;
const FLUSH_MS = 5_000;

const none: Telemetry = { tracer: untraced, close: async () => undefined };

export async function openTelemetry({
  config,
  logger,
  registerMs = REGISTER_MS,
}: TelemetryOptions): Promise<Telemetry> {
  const register = config.config.telemetry?.register;
  if (register === undefined) return none;
  try {
    await imported(config, registerMs);
    const { isRegistered, otelTracer, flush } = await import('./otel-tracer.js');
    if (!isRegistered())
      throw telemetryError(
        config,
        `${register} registered no OpenTelemetry tracer provider that API 1.9 can use`,
        NOT_REGISTERED,
      );
    logger.info('spans are made', { register });
    return { tracer: otelTracer(await hostVersion(), tellOnce(logger)), register, close: () => flushed(flush, logger) };
  } catch (thrown) {
    const error = isDispatchError(thrown) ? thrown : telemetryError(config, redacted(messageOf(thrown)));
    logger.warn('no spans are made', { code: error.code, error: error.message, hint: error.hint });
    return { ...none, register, error };
  }
}

const NOT_REGISTERED =
  'Let the module call `register()` or `start()` of an SDK before it ends, with @opentelemetry/api 1.9 or newer; with OTEL_SDK_DISABLED it does not.';

/** An import that takes too long goes on: what it does then has no part in the tasks. */
async function imported(config: LoadedConfig, ms: number): Promise<void> {
  const file = await registeringModule(config);
  if (file === undefined) return;
  if ((await within(ms, import(pathToFileURL(file).href))) === LATE)
    throw telemetryError(config, `${file} did not end within ${String(ms / 1000)} s`);
}

async function flushed(flush: () => Promise<void>, logger: Logger): Promise<void> {
  const tell = (error: string): void => logger.warn('the last spans were not exported', { error });
  try {
    if ((await within(FLUSH_MS, flush())) === LATE) tell(`not within ${String(FLUSH_MS / 1000)} s`);
  } catch (error) {
    tell(redacted(messageOf(error)));
  }
}

const LATE = Symbol('late');

async function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  const answered = new AbortController();
  try {
    return await Promise.race([work, sleep(ms, LATE, { signal: answered.signal })]);
  } finally {
    answered.abort();
  }
}

/** What fails once fails for every span. */
function tellOnce(logger: Logger): (error: unknown) => void {
  let isTold = false;
  return (error) => {
    if (!isTold) logger.warn('a span was not made, nor may others be', { error: redacted(messageOf(error)) });
    isTold = true;
  };
}

const redacted = (message: string): string => createRedactor({ values: exporterSecrets(process.env) }).text(message);
