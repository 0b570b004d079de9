// Where one test of a combination happens: a fresh world, fresh instances of the provider, and what was heard of them.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { DispatchRequest, ProviderManifestDriver } from '@agent-dispatch/schemas';
import { pluginHost, serviceContainer } from '../../plugins/services.js';
import type { Driver, DriverContext, PlanContext, PluginHost, Provider } from '../../provider/index.js';
import { newTaskId } from '../../store/index.js';
import { Attempt } from './attempt.js';
import type { ProviderCase, ProviderContractOptions, ProviderWorld } from './cases.js';
import type { Following } from './following.js';

export type Offer = ProviderManifestDriver['offers'][number];

/** Who asks: what differs from the usual task. */
export type Asker = Partial<Pick<DriverContext, 'taskId' | 'attempt' | 'installationId' | 'secrets' | 'deadline'>>;

/** What a plugin gets of its host. */
export const HOST: PluginHost = pluginHost(serviceContainer(), 'the provider');

/** Far off: tests that wait for it set another. */
const DEADLINE_MS = 600_000;

export const INSTALLATION = 'installation-of-the-kit';

export class Ground {
  private readonly heard: string[] = [];
  private readonly providers: Provider[] = [];
  private readonly followings: Following[] = [];
  private readonly attempts: Attempt[] = [];

  constructor(
    readonly combination: ProviderCase,
    readonly declared: ProviderManifestDriver,
    readonly offer: Offer,
    readonly world: ProviderWorld,
    private readonly createProvider: ProviderContractOptions['createProvider'],
  ) {}

  get settles(): boolean {
    return (this.declared.features.settleSeconds ?? 0) > 0;
  }

  /** Of an instance of its own, as another process would have it. */
  async freshDriver(): Promise<Driver> {
    const provider = await this.createProvider(HOST);
    this.providers.push(provider);
    const driver = provider.drivers[this.combination.driver];
    assert(driver, `the provider has no driver ${this.combination.driver}`);
    return driver;
  }

  /** Plans an attempt of a new task, if nothing else is said. */
  async attempt(request: DispatchRequest, asker: Asker = {}): Promise<Attempt> {
    const attempt = new Attempt(this, await this.freshDriver(), this.context(request, asker));
    this.attempts.push(attempt);
    return attempt;
  }

  /** Ready to be started. */
  async provisioned(request: DispatchRequest, asker: Asker = {}): Promise<Attempt> {
    const attempt = await this.attempt(request, asker);
    await attempt.provision();
    return attempt;
  }

  /** At work: its first output was heard. */
  async working(request: DispatchRequest, asker: Asker = {}): Promise<{ attempt: Attempt; following: Following }> {
    const attempt = await this.provisioned(request, asker);
    const following = attempt.follow('start');
    await following.until(this.isSignOfWork);
    return { attempt, following };
  }

  /** The first event that tells that work runs. */
  readonly isSignOfWork = (event: { type: string }): boolean =>
    this.declared.features.logs === 'live' ? event.type === 'log' : event.type !== 'handle';

  context(request: DispatchRequest, asker: Asker = {}): DriverContext {
    const { world } = this;
    const { installationId = INSTALLATION } = asker;
    return {
      installationId,
      taskId: newTaskId(Date.now()),
      attempt: 1,
      account: world.account,
      deadline: Date.now() + DEADLINE_MS,
      directory: world.directory?.(installationId) ?? '/nonexistent/agentdispatch',
      request,
      signal: new AbortController().signal,
      clock: { now: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }) },
      logger: { debug: this.note, info: this.note, warn: this.note },
      redactor: { text: (text) => this.redact(text, asker.secrets) },
      environment: world.environment ?? {},
      secrets: {},
      pace: async () => undefined,
      ...(this.offer.agent && { agent: this.offer.agent }),
      ...asker,
    };
  }

  /** `plan` gets no more than this, so that it cannot use more. */
  planContext(context: DriverContext): PlanContext {
    const { installationId, taskId, attempt, account, deadline, directory } = context;
    return { installationId, taskId, attempt, account, deadline, directory };
  }

  /** Remembers what came out of the driver, errors with their causes. */
  hear(value: unknown): void {
    this.heard.push(inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity }));
  }

  get allHeard(): string {
    return this.heard.join('\n');
  }

  async alive(): Promise<string[]> {
    return [...(await this.world.alive())].sort();
  }

  opened(following: Following): void {
    this.followings.push(following);
  }

  /** After a test, however it went: what it began is ended. @param failed then troubles of this do not count. */
  async close(failed: boolean): Promise<void> {
    const ends = [
      ...this.followings.map((following) => () => following.bury()),
      ...this.attempts.flatMap((attempt) => [() => attempt.cancel(), () => attempt.cleanup()]),
      ...this.providers.map((provider) => async () => provider.close?.()),
    ];
    for (const end of ends) await end().catch((error: unknown) => this.hear(error));
    try {
      await this.world.dispose();
    } catch (error) {
      if (!failed) throw error;
    }
  }

  private readonly note = (message: string, fields?: object): void => this.hear([message, fields]);

  private redact(text: string, secrets: Readonly<Record<string, string>> = {}): string {
    const values = [...Object.values(secrets), ...(this.world.credentials ?? [])];
    return values.reduce((clean, value) => clean.replaceAll(value, '[redacted]'), text);
  }
}
