// One agent as it is spoken to in one version of A2A: each of its operations as a call.
import type { Task } from '@a2a-js/sdk';
import { isRecord } from '../../config/record.js';
import type { Channel, DriverContext } from '../../provider/index.js';
import { DIALECTS, type Dialect, type Operation, type Outgoing, type Version } from './dialect.js';
import { type Call, JsonRpc } from './json-rpc.js';
import type { A2aLimits } from './limits.js';
import type { AgentEvent } from './reader.js';
import { within } from './within.js';

type Json = Readonly<Record<string, unknown>>;
type Context = Pick<DriverContext, 'clock' | 'signal'>;

/** A call that is answered once is given up after so long. */
const ANSWER_MS = 60_000;
/** Messages of a task's history that a snapshot may hold. */
const HISTORY = 200;

/** Errors of every operation: those of JsonRpc; AD_PROTOCOL_RESPONSE for what cannot be read. */
export class Agent {
  private readonly rpc: JsonRpc;
  private readonly dialect: Dialect;

  constructor(
    channel: Channel,
    private readonly options: { readonly version: Version; readonly tenant: string; readonly limits: A2aLimits },
  ) {
    this.rpc = new JsonRpc(channel, options.limits);
    this.dialect = DIALECTS[options.version];
  }

  get version(): Version {
    return this.options.version;
  }

  get tenant(): string {
    return this.options.tenant;
  }

  /** Sends a message and follows what comes of it. */
  stream(message: Outgoing, metadata: Json | undefined, signal: AbortSignal): AsyncGenerator<AgentEvent, void, void> {
    return this.events('stream', this.sent(message, metadata), signal);
  }

  /** Sends a message and asks to be answered before the work is over. How long that takes is the agent's to decide. */
  async send(message: Outgoing, metadata: Json | undefined, signal: AbortSignal): Promise<AgentEvent> {
    const params = { ...this.sent(message, metadata), configuration: this.dialect.immediately };
    const raw = await this.rpc.call(this.call('send', params), signal);
    return { event: this.dialect.event(raw), raw };
  }

  /** @param metadata of an extension; agents that do not know it leave it unread. */
  subscribe(taskId: string, metadata: Json | undefined, signal: AbortSignal): AsyncGenerator<AgentEvent, void, void> {
    return this.events('subscribe', { id: taskId, ...(metadata && { metadata }) }, signal);
  }

  async task(taskId: string, context: Context): Promise<Task> {
    return this.dialect.task(await this.once('get', { id: taskId, historyLength: HISTORY }, context));
  }

  async cancel(taskId: string, context: Context): Promise<Task> {
    return this.dialect.task(await this.once('cancel', { id: taskId }, context));
  }

  /** The tasks of one context with the beginning of what was said, the latest first. None where the version cannot list. */
  async tasksOf(contextId: string, context: Context): Promise<Task[]> {
    if (this.dialect.methods.list === undefined) return [];
    const result = await this.once('list', { contextId, historyLength: HISTORY, pageSize: 100 }, context);
    const tasks = isRecord(result) && Array.isArray(result['tasks']) ? (result['tasks'] as unknown[]) : [];
    return tasks.map((task) => this.dialect.task(task));
  }

  private sent(message: Outgoing, metadata: Json | undefined): Json {
    return { message: this.dialect.message(message), ...(metadata && { metadata }) };
  }

  private async *events(
    operation: Operation,
    params: Json,
    signal: AbortSignal,
  ): AsyncGenerator<AgentEvent, void, void> {
    for await (const raw of this.rpc.stream(this.call(operation, params), signal)) {
      yield { event: this.dialect.event(raw), raw };
    }
  }

  private once(operation: Operation, params: Json, context: Context): Promise<unknown> {
    return within(context, ANSWER_MS, (signal) => this.rpc.call(this.call(operation, params), signal));
  }

  private call(operation: Operation, params: Json): Call {
    const { tenant, version } = this.options;
    const method = this.dialect.methods[operation];
    if (method === undefined) throw new TypeError(`version ${version} has no operation ${operation}`);
    const isNamed = tenant !== '' && version === '1.0';
    return { method, params: isNamed ? { tenant, ...params } : params, headers: { 'a2a-version': version } };
  }
}
