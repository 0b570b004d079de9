// Calls a driver's verbs for one task: loads the driver, builds its context, and lets the host's protocol driver speak
// where the offer says so. Decides nothing.
import type { CleanupProof, DispatchRequest, Handle, Handoff, Resource, TaskRecord } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { CancelLevel, Driver, DriverContext, DriverEvent, PlanContext } from '../provider/index.js';
import { isHandle } from './driver-event.js';
import { lendFiles, wholeRequest } from './input-files.js';
import { untilHeld } from './held.js';
import type { EnginePorts, OutputRedactor } from './ports.js';

export type StreamingVerb = 'provision' | 'start' | 'resume';

/** A verb that is ready to be followed: nothing was called yet. */
export interface Call {
  follow: () => AsyncIterable<DriverEvent>;
  redactor: OutputRedactor;
  /** Takes back what the driver was lent, once it is followed no longer. */
  close: () => Promise<void>;
}

/** Verbs that answer once are given up after so long, and count as failed. */
const CANCEL_MS = 120_000;
const CLEANUP_MS = 900_000;

export class Verbs {
  constructor(private readonly ports: EnginePorts) {}

  /** The next attempt's handle, and how another program can talk to its agent. Errors: any coded one; nothing was begun then. */
  async plan(record: TaskRecord): Promise<{ handle: Handle; handoff?: Handoff }> {
    const driver = await this.driver(record);
    const request = await wholeRequest(this.ports.store, record);
    const context = await this.planContext(record, record.attempt + 1);
    const handle = driver.plan(request, context);
    if (!isHandle(handle)) {
      const driver = `${record.route.provider}/${record.route.driver}`;
      throw new DispatchError('AD_PLUGIN_CONTRACT', `${driver} planned a handle that is malformed or over 64 KiB`);
    }
    const handoff = driver.handoff?.(handle, { ...context, request });
    return { handle, ...(handoff && { handoff }) };
  }

  /** Prepares one streaming verb of the current attempt. Secrets are resolved here, and reach the driver only where it begins work. */
  async open(
    record: TaskRecord,
    verb: StreamingVerb,
    options: { signal: AbortSignal; cursor?: string },
  ): Promise<Call> {
    await untilHeld(this.ports.store, this.ports.clock, options.signal);
    const driver = await this.driver(record);
    const secrets = await this.secretValues(record, verb === 'resume' ? 'late' : 'begin');
    const redactor = this.ports.redactor(Object.values(secrets));
    const context = await this.context(record, record.attempt, { signal: options.signal, redactor, secrets });
    const handle = handleOf(record, record.attempt);
    const withCursor = options.cursor === undefined ? context : { ...context, cursor: options.cursor };
    const { request, close } =
      verb === 'resume'
        ? { request: context.request, close: async () => undefined }
        : await lendFiles(this.ports.store, record.taskId, context.request);
    return { follow: () => this.events(driver, verb, handle, record, { ...withCursor, request }), redactor, close };
  }

  /** Knows the task's secrets as they stand among bytes that are read as Latin-1, too. */
  async byteRedactor(record: TaskRecord): Promise<OutputRedactor> {
    const values = Object.values(await this.secretValues(record, 'late'));
    return this.ports.redactor(values.flatMap((value) => [value, Buffer.from(value).toString('latin1')]));
  }

  async cancel(record: TaskRecord, signal: AbortSignal): Promise<CancelLevel> {
    await untilHeld(this.ports.store, this.ports.clock, signal);
    const driver = await this.driver(record);
    return await this.within(CANCEL_MS, signal, async (limited) =>
      driver.cancel(handleOf(record, record.attempt), await this.lateContext(record, record.attempt, limited)),
    );
  }

  /** Releases resources of one attempt. */
  async cleanup(
    record: TaskRecord,
    attempt: number,
    resources: readonly Resource[],
    signal: AbortSignal,
  ): Promise<CleanupProof[]> {
    await untilHeld(this.ports.store, this.ports.clock, signal);
    const driver = await this.driver(record);
    return await this.within(CLEANUP_MS, signal, async (limited) =>
      driver.cleanup(resources, handleOf(record, attempt), await this.lateContext(record, attempt, limited)),
    );
  }

  /** A verb that never answers must not hold its task for ever. */
  private async within<Answer>(
    ms: number,
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const over = new AbortController();
    const answered = new AbortController();
    const limit = this.ports.clock.sleep(ms, answered.signal).then(() => {
      throw new DispatchError('AD_PROVIDER_UNAVAILABLE', `the driver did not answer within ${String(ms / 1000)} s`);
    });
    try {
      return await Promise.race([call(AbortSignal.any([signal, over.signal])), limit]);
    } finally {
      answered.abort();
      over.abort();
    }
  }

  private async *events(
    driver: Driver,
    verb: StreamingVerb,
    handle: Handle,
    record: TaskRecord,
    context: DriverContext,
  ): AsyncGenerator<DriverEvent> {
    if (verb === 'provision') {
      yield* driver.provision(handle, context);
    } else if (record.route.spokenBy === 'host') {
      const protocol = await this.ports.protocols.get(record.request.target.protocol);
      yield* protocol[verb](this.need(driver, 'channel', record)(handle, context), handle, context);
    } else {
      yield* this.need(driver, verb, record)(handle, context);
    }
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

  private async planContext(record: TaskRecord, attempt: number): Promise<PlanContext> {
    const continued = await this.continued(record);
    return {
      installationId: this.ports.store.installationId,
      taskId: record.taskId,
      attempt,
      account: this.ports.accounts.profile(record.route.account),
      deadline: record.deadlineAt,
      directory: this.ports.directory(record.route.provider),
      ...(continued && { continued }),
    };
  }

  /** Errors: AD_TASK_NOT_FOUND when the task to go on from is there no longer. */
  private async continued({ request: { continueFrom } }: TaskRecord): Promise<PlanContext['continued']> {
    if (continueFrom === undefined) return undefined;
    const earlier = await this.ports.store.get(continueFrom);
    const attempt = earlier?.record.attempts?.at(-1);
    if (earlier === undefined || attempt?.handle === undefined) {
      throw new DispatchError('AD_TASK_NOT_FOUND', `task ${continueFrom}, whose work was to be continued, is not here`);
    }
    return { taskId: continueFrom, handle: unreleased(earlier.record, attempt.number, attempt.handle) };
  }

  /** Of a verb that is called once work may have begun. */
  private async lateContext(record: TaskRecord, attempt: number, signal: AbortSignal): Promise<DriverContext> {
    const secrets = await this.secretValues(record, 'late');
    return await this.context(record, attempt, {
      signal,
      secrets,
      redactor: this.ports.redactor(Object.values(secrets)),
    });
  }

  private async context(
    record: TaskRecord,
    attempt: number,
    more: { signal: AbortSignal; redactor: OutputRedactor; secrets: Record<string, string> },
  ): Promise<DriverContext> {
    const { clock, logger, accounts } = this.ports;
    return {
      ...(await this.planContext(record, attempt)),
      request: await wholeRequest(this.ports.store, record),
      signal: more.signal,
      clock,
      logger,
      redactor: more.redactor,
      environment: accounts.environment(record.route.account),
      secrets: more.secrets,
      ...(record.route.agent && { agent: record.route.agent }),
      pace: () => this.ports.pace(record.route, more.signal),
    };
  }

  /** @param when late: work may have begun, and a reference that yields nothing any more must not stop what follows. */
  private async secretValues(record: TaskRecord, when: 'begin' | 'late'): Promise<Record<string, string>> {
    const references: DispatchRequest['secrets'] = record.request.secrets ?? {};
    if (when === 'begin') return await this.ports.secrets.resolve(references);
    try {
      return await this.ports.secrets.resolve(references);
    } catch (error) {
      this.ports.logger.warn('a secret cannot be resolved any more', {
        taskId: record.taskId,
        error: String(error),
      });
      return {};
    }
  }
}

/** A driver cannot always see that what it kept is gone; the ledger knows. */
function unreleased({ resources }: TaskRecord, number: number, handle: Handle): Handle {
  const isReleased = (id: string): boolean =>
    resources.some(
      ({ resource, attempt, state }) =>
        resource.id === id && attempt === number && (state === 'removing' || state === 'released'),
    );
  return { ...handle, resources: handle.resources.filter(({ id }) => !isReleased(id)) };
}

function handleOf(record: TaskRecord, number: number): Handle {
  const handle = record.attempts?.find((attempt) => attempt.number === number)?.handle;
  if (handle === undefined) throw new TypeError(`attempt ${String(number)} of task ${record.taskId} has no handle`);
  return handle;
}
