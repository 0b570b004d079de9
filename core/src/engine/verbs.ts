// Calls a driver's verbs for one task: loads the driver, builds its context, and lets the host's protocol driver speak
// where the offer says so. Decides nothing.
import type { CleanupProof, DispatchRequest, Handle, Resource, TaskRecord } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { CancelLevel, Driver, DriverContext, DriverEvent, PlanContext } from '../provider/index.js';
import type { EnginePorts, OutputRedactor } from './ports.js';
import { wholeRequest } from './values.js';

export type StreamingVerb = 'provision' | 'start' | 'resume';

/** A verb that is ready to be followed: nothing was called yet. */
export interface Call {
  events: AsyncIterable<DriverEvent>;
  redactor: OutputRedactor;
}

const MAX_HANDLE_BYTES = 64 * 1024;

export class Verbs {
  constructor(private readonly ports: EnginePorts) {}

  /** The next attempt's handle. Errors: any coded one; nothing was begun then. */
  async plan(record: TaskRecord): Promise<Handle> {
    const driver = await this.driver(record);
    const request = await wholeRequest(this.ports.store, record);
    const handle = driver.plan(request, this.planContext(record, record.attempt + 1));
    if (Buffer.byteLength(JSON.stringify(handle)) > MAX_HANDLE_BYTES) {
      throw new DispatchError('AD_PLUGIN_CONTRACT', `the handle planned by ${record.route.driver} is over 64 KiB`);
    }
    return handle;
  }

  /** Prepares one streaming verb of the current attempt. Secrets are resolved here, and reach the driver only where it begins work. */
  async open(
    record: TaskRecord,
    verb: StreamingVerb,
    options: { signal: AbortSignal; cursor?: string },
  ): Promise<Call> {
    const driver = await this.driver(record);
    const secrets = await this.secretValues(record, verb);
    const redactor = this.ports.redactor(Object.values(secrets));
    const given = verb === 'resume' ? {} : secrets;
    const context = await this.context(record, record.attempt, { signal: options.signal, redactor, secrets: given });
    const handle = handleOf(record, record.attempt);
    const withCursor = options.cursor === undefined ? context : { ...context, cursor: options.cursor };
    return { events: this.events(driver, verb, handle, record, withCursor), redactor };
  }

  async cancel(record: TaskRecord, signal: AbortSignal): Promise<CancelLevel> {
    const driver = await this.driver(record);
    return await driver.cancel(
      handleOf(record, record.attempt),
      await this.context(record, record.attempt, { signal }),
    );
  }

  /** Releases resources of one attempt. */
  async cleanup(
    record: TaskRecord,
    attempt: number,
    resources: readonly Resource[],
    signal: AbortSignal,
  ): Promise<CleanupProof[]> {
    const driver = await this.driver(record);
    return await driver.cleanup(resources, handleOf(record, attempt), await this.context(record, attempt, { signal }));
  }

  private events(
    driver: Driver,
    verb: StreamingVerb,
    handle: Handle,
    record: TaskRecord,
    context: DriverContext,
  ): AsyncIterable<DriverEvent> {
    if (verb === 'provision') return driver.provision(handle, context);
    if (record.route.spokenBy === 'host') {
      const protocol = this.ports.protocols.get(record.request.target.protocol);
      return protocol[verb](this.need(driver, 'channel', record)(handle, context), handle, context);
    }
    return this.need(driver, verb, record)(handle, context);
  }

  /** A verb that the manifest's offer promises. */
  private need<Verb extends 'start' | 'resume' | 'channel'>(
    driver: Driver,
    verb: Verb,
    record: TaskRecord,
  ): NonNullable<Driver[Verb]> {
    const method = driver[verb];
    if (method === undefined) {
      throw new DispatchError(
        'AD_PLUGIN_CONTRACT',
        `driver ${record.route.provider}/${record.route.driver} has no verb ${verb}`,
      );
    }
    return method.bind(driver) as NonNullable<Driver[Verb]>;
  }

  private async driver(record: TaskRecord): Promise<Driver> {
    const { provider, driver, account, accountDigest } = record.route;
    if (this.ports.accounts.digest(account) !== accountDigest) {
      const message = `account profile ${account} is not what it was when task ${record.taskId} was accepted`;
      throw new DispatchError('AD_ROUTE_ACCOUNT_MISMATCH', message, {
        hint: 'Restore the account profile in the configuration until this task has ended and is cleaned up.',
      });
    }
    return await this.ports.drivers.load(provider, driver);
  }

  private planContext(record: TaskRecord, attempt: number): PlanContext {
    return {
      installationId: this.ports.store.installationId,
      taskId: record.taskId,
      attempt,
      account: this.ports.accounts.profile(record.route.account),
      deadline: record.deadlineAt,
      directory: this.ports.directory(record.route.provider),
    };
  }

  private async context(
    record: TaskRecord,
    attempt: number,
    more: { signal: AbortSignal; redactor?: OutputRedactor; secrets?: Record<string, string> },
  ): Promise<DriverContext> {
    const { clock, logger, accounts } = this.ports;
    return {
      ...this.planContext(record, attempt),
      request: await wholeRequest(this.ports.store, record),
      signal: more.signal,
      clock,
      logger,
      redactor: more.redactor ?? this.ports.redactor([]),
      environment: accounts.environment(record.route.account),
      secrets: more.secrets ?? {},
    };
  }

  /** For resume the values only serve redaction: a reference that yields nothing any more must not stop the following. */
  private async secretValues(record: TaskRecord, verb: StreamingVerb): Promise<Record<string, string>> {
    const references: DispatchRequest['secrets'] = record.request.secrets ?? {};
    if (verb !== 'resume') return await this.ports.secrets.resolve(references);
    try {
      return await this.ports.secrets.resolve(references);
    } catch (error) {
      this.ports.logger.warn('a secret cannot be resolved for redaction', {
        taskId: record.taskId,
        error: String(error),
      });
      return {};
    }
  }
}

function handleOf(record: TaskRecord, number: number): Handle {
  const handle = record.attempts?.find((attempt) => attempt.number === number)?.handle;
  if (handle === undefined) throw new TypeError(`attempt ${String(number)} of task ${record.taskId} has no handle`);
  return handle;
}
