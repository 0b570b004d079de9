// One streaming verb of a protocol driver as it is followed: each event is checked, carried over the boundary and kept before
// the next is taken. Can be dropped without a word, as a process drops it that dies.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { checkedEvent } from '../../engine/driver-event.js';
import { SETTLE_MS } from '../../engine/follower.js';
import type { ArtifactContent, DriverEvent } from '../../provider/index.js';
import { crossed } from '../provider-contract/crossing.js';
import { within } from '../provider-contract/waiting.js';
import type { Conversation } from './conversation.js';
import { saidIn } from './heard.js';

/** What `resume` may answer first. */
const ANSWERS: ReadonlySet<DriverEvent['type']> = new Set(['attached', 'ended', 'not_started', 'unknown']);
const MAX_TEXT_BYTES = 64 * 1024;

export class Following {
  readonly events: DriverEvent[] = [];
  private readonly controller = new AbortController();
  private readonly iterator: AsyncIterator<DriverEvent>;
  private pending: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly conversation: Conversation,
    readonly verb: 'start' | 'resume',
    open: (signal: AbortSignal) => AsyncIterable<DriverEvent>,
  ) {
    this.iterator = open(this.controller.signal)[Symbol.asyncIterator]();
  }

  /** The next event; undefined when there is none any more. */
  async next(): Promise<DriverEvent | undefined> {
    const step = this.iterator.next();
    this.pending = step.catch(() => undefined);
    try {
      const result = await within(this.conversation.longestMs, step, `the next event of ${this.verb}`);
      return result.done === true ? undefined : await this.take(result.value);
    } catch (error) {
      this.conversation.hear(error);
      throw error;
    }
  }

  /** Every event from here to the end of the stream. */
  async rest(): Promise<DriverEvent[]> {
    const from = this.events.length;
    while ((await this.next()) !== undefined);
    return this.events.slice(from);
  }

  /** Takes events until one is of the type. */
  async until<Type extends DriverEvent['type']>(type: Type): Promise<Extract<DriverEvent, { type: Type }>> {
    return (await this.untilIt((event) => event.type === type, type)) as Extract<DriverEvent, { type: Type }>;
  }

  /** Takes events until the agent was heard to say this. */
  async untilSaid(text: string): Promise<void> {
    if (saidIn(this.events).includes(text)) return;
    await this.untilIt(() => saidIn(this.events).includes(text), `that the agent says ${text}`);
  }

  /** Asks for the next event and never hears of it. */
  drop(): void {
    void this.iterator.next().catch(() => undefined);
  }

  /** Aborts the signal and takes what still comes, as the engine does: errors do not count any more. */
  async abort(): Promise<void> {
    this.controller.abort(new Error('the host stopped following'));
    const settled = (async () => {
      await this.pending;
      while ((await this.next()) !== undefined);
    })().catch(() => undefined);
    await within(
      Math.min(SETTLE_MS, this.conversation.longestMs),
      settled,
      `${this.verb} did not settle after its abort`,
    );
  }

  /** For the end of a test: nothing of it goes on. */
  async bury(): Promise<void> {
    this.controller.abort(new Error('the test is over'));
    const { longestMs } = this.conversation;
    await within(longestMs, this.pending, `${this.verb} did not settle at the end of the test`);
    await this.iterator.return?.();
  }

  private async untilIt(isIt: (event: DriverEvent) => boolean, what: string): Promise<DriverEvent> {
    for (;;) {
      const event = await this.next();
      assert(event !== undefined, `${this.verb} finished before ${what}: ${JSON.stringify(this.events)}`);
      if (isIt(event)) return event;
    }
  }

  private async take(event: DriverEvent): Promise<DriverEvent> {
    const { conversation, verb } = this;
    const told = crossed(event, `an event of ${verb}`);
    conversation.hear(told);
    checkedEvent(told, verb);
    const last = this.events.at(-1);
    assert(last?.type !== 'ended', `${verb} told ${told.type} after the end`);
    if (verb === 'resume' && last === undefined) assert(ANSWERS.has(told.type), `resume began with ${told.type}`);
    if (told.type === 'log') assert(Buffer.byteLength(told.text) <= MAX_TEXT_BYTES, 'output of more than 64 KiB');
    this.events.push(told);
    conversation.events.push(told);
    if (told.type === 'handle') conversation.handle = told.handle;
    if (told.type === 'artifact') {
      conversation.files.set(told.artifact.name, await bytesOf(told.artifact.content));
    }
    // The kit is the host here: it stores a file before it takes the next event.
    if (told.type === 'ended' && told.result !== undefined && 'file' in told.result) {
      told.result = { text: await readFile(told.result.file, 'utf8') };
    }
    if (told.cursor !== undefined) conversation.cursor = told.cursor;
    return told;
  }
}

async function bytesOf(content: ArtifactContent): Promise<Buffer> {
  if ('file' in content) return await readFile(content.file);
  return 'text' in content ? Buffer.from(content.text) : Buffer.from(content.base64, 'base64');
}
