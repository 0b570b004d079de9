// One task as a host follows it: what it stored, and what it was told.
import type { Channel, DriverContext, DriverEvent, Handle, Receipt } from '../../../provider/index.js';
import { contextFor, HANDLE } from '../../http/testdata/loopback-agent.js';
import type { ProtocolDriver } from '../../protocol-driver.js';
import { createMcpProtocolDriver } from '../mcp-driver.js';

export class Host {
  readonly events: DriverEvent[] = [];
  readonly following = new AbortController();
  handle: Handle = HANDLE;
  private iterator: AsyncIterator<DriverEvent> | undefined;

  constructor(
    readonly channel: Channel,
    private readonly more: Partial<DriverContext> = {},
    private readonly driver: ProtocolDriver = createMcpProtocolDriver(),
  ) {}

  /** Another process, with what the first one stored. */
  next(): Host {
    const host = new Host(this.channel, this.more);
    host.handle = JSON.parse(JSON.stringify(this.handle)) as Handle;
    return host;
  }

  follow(verb: 'start' | 'resume'): this {
    const context = contextFor({ ...this.more, signal: this.following.signal });
    this.iterator = this.driver[verb](this.channel, this.handle, context)[Symbol.asyncIterator]();
    return this;
  }

  async until<Type extends DriverEvent['type']>(type: Type): Promise<Extract<DriverEvent, { type: Type }>> {
    for (;;) {
      const event = await this.take();
      if (event === undefined) throw new Error(`nothing more: ${JSON.stringify(this.events)}`);
      if (event.type === type) return event as Extract<DriverEvent, { type: Type }>;
    }
  }

  /** The last event. */
  async end(): Promise<DriverEvent | undefined> {
    while ((await this.take()) !== undefined);
    return this.events.at(-1);
  }

  send(text: string, requestId?: string): Promise<Receipt> {
    const message = { id: 'm1', text, ...(requestId !== undefined && { requestId }) };
    const sent = this.driver.send?.(this.channel, this.handle, message, contextFor(this.more));
    return sent ?? Promise.reject(new Error('no send'));
  }

  cancel(): Promise<unknown> {
    const cancelled = this.driver.cancel?.(this.channel, this.handle, contextFor(this.more));
    return cancelled ?? Promise.reject(new Error('no cancel'));
  }

  private async take(): Promise<DriverEvent | undefined> {
    const step = await this.iterator?.next();
    if (step === undefined || step.done === true) return undefined;
    this.events.push(step.value);
    if (step.value.type === 'handle') this.handle = step.value.handle;
    return step.value;
  }
}
