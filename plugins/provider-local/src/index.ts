// Entry point of the local provider. Imports nothing at run time, so that discovery costs nothing; the driver is loaded in create.
import type { ErrorFactory, ProviderPlugin } from '@agent-dispatch/core/provider';

const ERRORS = Symbol.for('agentdispatch:errors@1');

const plugin: ProviderPlugin = {
  apiVersion: 1,
  async create(host) {
    const { ProcessDriver } = await import('./process-driver.js');
    return { drivers: { process: new ProcessDriver(host.resolve(ERRORS) as ErrorFactory) } };
  },
};

export default plugin;
