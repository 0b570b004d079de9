// The providers of this process and their state: known from data at once, loaded at the first call, quarantined when
// their code fails. Neighbours: discovery.ts finds them, load-provider.ts runs them.
import { nearest } from '@agent-dispatch/schemas';
import type { DependencyContainer } from 'tsyringe';
import type { DriverSource } from '../engine/ports.js';
import { DispatchError, fromJson, toDispatchError } from '../errors/index.js';
import type { Driver, Provider } from '../provider/index.js';
import { discover, type DiscoveryOptions } from './discovery.js';
import type { KnownProvider } from './known-provider.js';
import { loadProvider, type LoadablePlugin } from './load-provider.js';
import { pluginHost, serviceContainer, type Services } from './services.js';

export interface PluginHostOptions extends DiscoveryOptions {
  /** Services beside those of the contract, by token. */
  services?: Services;
}

export class PluginHost implements DriverSource {
  private readonly loads = new Map<string, Promise<Provider>>();
  private readonly services: DependencyContainer;

  private constructor(
    private known: readonly KnownProvider[],
    services: Services | undefined,
  ) {
    this.services = serviceContainer(services);
  }

  /** Reads manifests; imports nothing. */
  static async create(options: PluginHostOptions): Promise<PluginHost> {
    return new PluginHost(await discover(options), options.services);
  }

  /** Everything known, usable or not. */
  providers(): readonly KnownProvider[] {
    return this.known;
  }

  /** The usable plugin of a provider, else the first with a reason why not. */
  find(provider: string): KnownProvider | undefined {
    const all = this.known.filter((one) => one.provider === provider);
    return all.find(({ state }) => state === 'ready' || state === 'loaded') ?? all[0];
  }

  /** Calls for one provider share one import. Errors: AD_PLUGIN_NOT_INSTALLED and what `find` has beside those of the port. */
  async load(provider: string, driver: string): Promise<Driver> {
    const { drivers } = await this.provider(provider);
    const found = Object.hasOwn(drivers, driver) ? drivers[driver] : undefined;
    if (found !== undefined) return found;
    const has = Object.keys(drivers).join(', ');
    throw new DispatchError('AD_PLUGIN_NOT_FOUND', `Provider "${provider}" has no driver "${driver}".`, {
      hint: `It has ${has}. Update the plugin if another version of it had this driver.`,
    });
  }

  /** Closes every provider that was loaded, and reports failures after the last. */
  async close(): Promise<void> {
    const loaded = await Promise.allSettled(this.loads.values());
    const closed = await Promise.allSettled(
      loaded.map(async (load) => (load.status === 'fulfilled' ? load.value.close?.() : undefined)),
    );
    await this.services.dispose();
    const failures = closed.flatMap((one) => (one.status === 'rejected' ? [toDispatchError(one.reason).message] : []));
    if (failures.length > 0)
      throw new DispatchError('AD_PLUGIN_CONTRACT', `Closing a provider failed: ${failures.join('; ')}.`);
  }

  private provider(name: string): Promise<Provider> {
    const known = this.usable(name);
    const running = this.loads.get(name);
    if (running !== undefined) return running;
    const load = this.start(known);
    this.loads.set(name, load);
    return load;
  }

  private async start(plugin: KnownProvider & LoadablePlugin): Promise<Provider> {
    try {
      const provider = await loadProvider(plugin, pluginHost(this.services, plugin.packageName));
      this.replace(plugin, { ...plugin, state: 'loaded' });
      return provider;
    } catch (error) {
      const failure = toDispatchError(error, 'AD_PLUGIN_LOAD');
      this.replace(plugin, { ...plugin, state: 'broken', error: failure.toJSON() });
      throw failure;
    }
  }

  private usable(name: string): KnownProvider & LoadablePlugin {
    const known = this.find(name);
    if (known === undefined) throw this.unknown(name);
    if (known.error !== undefined) throw fromJson(known.error);
    const { root, manifest } = known;
    if (root !== undefined && manifest !== undefined) return { ...known, root, manifest };
    throw new DispatchError('AD_PLUGIN_NOT_INSTALLED', `Provider "${name}" is not installed.`);
  }

  private unknown(name: string): DispatchError {
    const names = this.known.map(({ provider }) => provider);
    const meant = nearest(name, names);
    return new DispatchError('AD_PLUGIN_NOT_FOUND', `There is no provider "${name}".`, {
      ...(meant !== undefined && { hint: `Did you mean "${meant}"? Otherwise install the plugin that provides it.` }),
    });
  }

  private replace(plugin: KnownProvider, next: KnownProvider): void {
    this.known = this.known.map((one) => (one.provider === plugin.provider && one.root === plugin.root ? next : one));
  }
}
