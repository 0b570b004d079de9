// Calls a driver's verbs for one task: loads the driver, builds its context, and lets the host's protocol driver speak
// where the offer says so. Decides nothing.
import type { CleanupProof, Handle, Handoff, Resource, TaskRecord } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { speak } from '../protocol/speak.js';
import type { CancelLevel, Channel, Driver, DriverContext, DriverEvent, Message, Receipt } from '../provider/index.js';
import { Contexts } from './contexts.js';
import { checkedReceipt, isHandle, type StreamingVerb } from './driver-event.js';
import { callInSpan, followInSpan } from './in-span.js';
import { lendFiles, wholeRequest } from './input-files.js';
import { untilHeld } from './held.js';
import type { EnginePorts, OutputRedactor } from './ports.js';
import { cancelEnd, cleanupEnd, driverCall, sendEnd } from './spans.js';
import { traced } from './traced.js';
import type { SpanEnd } from './tracer.js';

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
const SEND_MS = 60_000;
/** The agent's own end comes before the driver's, which does not depend on it. */
const ASK_TO_STOP_MS = 10_000;

export class Verbs {
  private readonly contexts: Contexts;

  constructor(private readonly ports: EnginePorts) {
    this.contexts = new Contexts(ports);
  }

  /** The next attempt's handle, and how another program can talk to its agent. Errors: any coded one; nothing was begun then. */
  async plan(record: TaskRecord): Promise<{ handle: Handle; handoff?: Handoff }> {
    const driver = await this.driver(record);
    const request = await wholeRequest(this.ports.store, record);
    const context = await this.contexts.forPlan(record, record.attempt + 1);
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
    const secrets = await this.contexts.secretValues(record, verb === 'resume' ? 'late' : 'begin');
    const redactor = this.ports.redactor(Object.values(secrets));
    const context = await this.contexts.of(record, record.attempt, { signal: options.signal, redactor, secrets });
    const handle = handleOf(record, record.attempt);
    const withCursor = options.cursor === undefined ? context : { ...context, cursor: options.cursor };
    const { request, close } =
      verb === 'resume'
        ? { request: context.request, close: async () => undefined }
        : await lendFiles(this.ports.store, record.taskId, context.request);
    const follow = (): AsyncIterable<DriverEvent> => {
      const span = this.ports.tracer.begin(driverCall(record, verb, record.attempt));
      const events = this.events(driver, verb, handle, record, { ...withCursor, request });
      return followInSpan(span, { events, verb, signal: options.signal });
    };
    return { follow, redactor, close };
  }

  /** Knows the task's secrets as they stand among bytes that are read as Latin-1, too. */
  async byteRedactor(record: TaskRecord): Promise<OutputRedactor> {
    const values = Object.values(await this.contexts.secretValues(record, 'late'));
    return this.ports.redactor(values.flatMap((value) => [value, Buffer.from(value).toString('latin1')]));
  }

  async cancel(record: TaskRecord, signal: AbortSignal): Promise<CancelLevel> {
    await untilHeld(this.ports.store, this.ports.clock, signal);
    const driver = await this.driver(record);
    return await callInSpan(this.ports.tracer, { record, verb: 'cancel', signal, endOf: cancelEnd }, () =>
      this.within(CANCEL_MS, signal, async (limited) =>
        this.stop(driver, record, await this.contexts.late(record, record.attempt, limited)),
      ),
    );
  }

  /** The agent is asked first, so that it can end in order; then the driver stops whatever runs it. */
  private async stop(driver: Driver, record: TaskRecord, context: DriverContext): Promise<CancelLevel> {
    const handle = handleOf(record, record.attempt);
    const asked = await this.askToStop(driver, record, { handle, context });
    const level = await driver.cancel(handle, context);
    return level === 'unsupported' ? asked : level;
  }

  private async askToStop(
    driver: Driver,
    record: TaskRecord,
    { handle, context }: { handle: Handle; context: DriverContext },
  ): Promise<CancelLevel> {
    if (record.route.spokenBy === 'driver' || record.startedAt === undefined || record.cancel?.repeated)
      return 'unsupported';
    const protocol = await this.ports.protocols.get(record.request.target.protocol);
    if (protocol.cancel === undefined) return 'unsupported';
    try {
      return await this.within(ASK_TO_STOP_MS, context.signal, async (signal) => {
        const limited = { ...context, signal };
        return (
          protocol.cancel?.(this.channel(driver, record, { handle, context: limited }), handle, limited) ??
          'unsupported'
        );
      });
    } catch (error) {
      this.ports.logger.debug('the agent could not be asked to stop', { taskId: record.taskId, error: String(error) });
      return 'unsupported';
    }
  }

  /** Errors: any; unless it is coded and not `details.ambiguous`, the message may have had its effect. */
  async send(record: TaskRecord, message: Message, signal: AbortSignal): Promise<Receipt> {
    await untilHeld(this.ports.store, this.ports.clock, signal);
    const driver = await this.driver(record);
    return await callInSpan(this.ports.tracer, { record, verb: 'send', signal, endOf: sendEnd }, () =>
      this.within(SEND_MS, signal, async (limited) => {
        const context = await this.contexts.late(record, record.attempt, limited);
        return checkedReceipt(await this.give(driver, record, message, context), context.redactor);
      }),
    );
  }

  private async give(driver: Driver, record: TaskRecord, message: Message, context: DriverContext): Promise<Receipt> {
    const handle = handleOf(record, record.attempt);
    if (record.route.spokenBy === 'driver') return await this.need(driver, 'send', record)(handle, message, context);
    const protocol = await this.ports.protocols.get(record.request.target.protocol);
    const reason = `the protocol ${record.request.target.protocol} cannot speak to running work`;
    if (protocol.send === undefined) return { state: 'rejected', reason };
    return await protocol.send(this.channel(driver, record, { handle, context }), handle, message, context);
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
    const endOf = (proofs: unknown): SpanEnd => cleanupEnd(proofs, resources.length);
    return await callInSpan(this.ports.tracer, { record, verb: 'cleanup', attempt, signal, endOf }, () =>
      this.within(CLEANUP_MS, signal, async (limited) =>
        driver.cleanup(resources, handleOf(record, attempt), await this.contexts.late(record, attempt, limited)),
      ),
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
      const details = { ambiguous: true };
      throw new DispatchError('AD_PROVIDER_UNAVAILABLE', `the driver did not answer within ${String(ms / 1000)} s`, {
        details,
      });
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
      yield* speak(verb, protocol, this.channel(driver, record, { handle, context }), handle, context);
    } else {
      yield* this.need(driver, verb, record)(handle, context);
    }
  }

  private channel(
    driver: Driver,
    record: TaskRecord,
    { handle, context }: { handle: Handle; context: DriverContext },
  ): Channel {
    return traced(this.need(driver, 'channel', record)(handle, context), context.trace);
  }

  /** A verb that the manifest's offer promises. */
  private need<Verb extends 'start' | 'resume' | 'channel' | 'send'>(
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
}

function handleOf(record: TaskRecord, number: number): Handle {
  const handle = record.attempts?.find((attempt) => attempt.number === number)?.handle;
  if (handle === undefined) throw new TypeError(`attempt ${String(number)} of task ${record.taskId} has no handle`);
  return handle;
}
