// One task as a host would carry it over one protocol: the handle and cursor that it stored, a fresh channel and context for
// every call, and everything that was heard of the driver.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import type { DispatchRequest, Handle } from '@agent-dispatch/schemas';
import type { CancelLevel, Channel, DriverContext, DriverEvent, Message, Receipt } from '../../provider/index.js';
import { newTaskId } from '../../store/index.js';
import { crossed } from '../provider-contract/crossing.js';
import { within } from '../provider-contract/waiting.js';
import { fastClock } from './fast-clock.js';
import { Following } from './following.js';
import { type EndedEvent, saidIn } from './heard.js';
import type { AgentScript, ProtocolContractOptions, ScriptedAgent } from './options.js';

/** Far off: no test waits for it. In the time of the driver. */
const DEADLINE_MS = 3_600_000;
/** Connections of one task, before it is said that it does not end. */
const MOST_FOLLOWINGS = 20;
/** Ends a test that would never end. */
const LONGEST_SECONDS = 30;

export const SECRET = { name: 'KIT_SECRET', value: 'kit-s3cr3t-value-that-must-not-come-out' };
export const INSTRUCTION = 'Do what the kit wants.';

export class Conversation {
  handle: Handle = { version: 1, data: {}, resources: [] };
  /** Of the latest event that had one. */
  cursor: string | undefined;
  /** All events that were taken. */
  readonly events: DriverEvent[] = [];
  /** Content of the artifacts that came, by name. */
  readonly files = new Map<string, Buffer>();
  /** How often work was begun. */
  begun = 0;
  private readonly heard: string[] = [];
  private readonly followings: Following[] = [];
  private readonly clock = fastClock();
  private readonly taskId = newTaskId(Date.now());

  private constructor(
    private readonly options: ProtocolContractOptions,
    readonly directory: string,
  ) {}

  private server: ScriptedAgent | undefined;

  static async open(options: ProtocolContractOptions, script: AgentScript): Promise<Conversation> {
    const directory = await mkdtemp(path.join(tmpdir(), 'agentdispatch-protocol-'));
    const conversation = new Conversation(options, directory);
    conversation.server = await options.startAgent(async (work) => {
      conversation.begun += 1;
      return await script(work);
    });
    return conversation;
  }

  get agent(): ScriptedAgent {
    assert(this.server !== undefined);
    return this.server;
  }

  /** Everything that came out of the driver: events, errors, log lines, receipts. */
  get allHeard(): string {
    return this.heard.join('\n');
  }

  /** For how long a test waits for anything. */
  get longestMs(): number {
    return (this.options.longestSeconds ?? LONGEST_SECONDS) * 1000;
  }

  get canSend(): boolean {
    return this.options.driver.send !== undefined;
  }

  /** What the agent said, as far as it was heard. */
  get said(): string {
    return saidIn(this.events);
  }

  follow(verb: 'start' | 'resume', channel: Channel = this.agent.channel): Following {
    const following = new Following(this, verb, (signal) =>
      this.options.driver[verb](channel, this.stored(), this.context(signal)),
    );
    this.followings.push(following);
    return following;
  }

  /** From the start to the end. */
  async run(channel?: Channel): Promise<EndedEvent> {
    return await this.toEnd(this.follow('start', channel), channel);
  }

  /** Takes what comes until the end; a connection that breaks is made again as the engine does, where the protocol can. */
  async toEnd(following: Following, channel?: Channel): Promise<EndedEvent> {
    for (let current = following; ; current = this.follow('resume', channel)) {
      const broken = await current.rest().then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      // What the kit itself finds wrong is no broken connection.
      if (broken?.error instanceof assert.AssertionError) throw broken.error;
      const last = current.events.at(-1);
      if (last?.type === 'ended') return last;
      const found = JSON.stringify(current.events.slice(-3));
      const why = `it does not end: ${broken === undefined ? found : inspect(broken.error)}`;
      assert(this.options.impossible?.reconnect === undefined, why);
      assert(current.verb === 'start' || last?.type !== 'unknown' || current.events.length > 1, why);
      assert(this.followings.length < MOST_FOLLOWINGS, why);
    }
  }

  async send(message: Message): Promise<Receipt> {
    const { driver } = this.options;
    assert(driver.send !== undefined, 'the driver has no verb send');
    const { signal } = new AbortController();
    const answer = driver.send(this.agent.channel, this.stored(), message, this.context(signal));
    return await this.answerOf(answer, 'the receipt');
  }

  /** Undefined where the protocol has none. */
  async cancel(): Promise<CancelLevel | undefined> {
    const { signal } = new AbortController();
    const answer = this.options.driver.cancel?.(this.agent.channel, this.stored(), this.context(signal));
    return answer === undefined ? undefined : await this.answerOf(answer, 'the level');
  }

  hear(value: unknown): void {
    this.heard.push(inspect(value, { depth: Infinity, maxStringLength: Infinity, maxArrayLength: Infinity }));
  }

  /** Whatever a driver does not end, the rest is ended. */
  async close(): Promise<void> {
    const buried = await Promise.allSettled(this.followings.map((following) => following.bury()));
    await this.server?.close();
    await rm(this.directory, { recursive: true, force: true });
    for (const end of buried) if (end.status === 'rejected') throw end.reason;
  }

  private async answerOf<Answer>(answer: Promise<Answer>, what: string): Promise<Answer> {
    try {
      const value = crossed(await within(this.longestMs, answer, what), what);
      this.hear(value);
      return value;
    } catch (error) {
      this.hear(error);
      throw error;
    }
  }

  /** As another process reads it. */
  private stored(): Handle {
    return JSON.parse(JSON.stringify(this.handle)) as Handle;
  }

  private context(signal: AbortSignal): DriverContext {
    const note = (message: string, fields?: object): void => this.hear([message, fields]);
    return {
      installationId: 'installation-of-the-kit',
      taskId: this.taskId,
      attempt: 1,
      account: { name: 'kit', provider: 'kit', settings: {} },
      deadline: this.clock.now() + DEADLINE_MS,
      directory: this.directory,
      request: this.request(),
      signal,
      clock: this.clock,
      logger: { debug: note, info: note, warn: note },
      redactor: { text: (text) => text.replaceAll(SECRET.value, '[redacted]') },
      environment: {},
      secrets: { [SECRET.name]: SECRET.value },
      pace: async () => undefined,
      ...(this.options.agent && { agent: this.options.agent }),
      ...(this.cursor !== undefined && { cursor: this.cursor }),
    };
  }

  private request(): DispatchRequest {
    const { protocol, details } = this.options;
    return {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'kit',
      target: { mode: 'session', protocol, ...(details && { details: { ...details } }) },
      input: { instruction: INSTRUCTION },
      limits: {},
      retry: {},
    };
  }
}
