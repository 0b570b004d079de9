// The provider plugin for AWS. Importing it loads no SDK; the verbs load what they use.
import type { ErrorFactory, ProviderPlugin } from '@agent-dispatch/core/provider';
import { createAgentcoreDriver } from './agentcore/agentcore-driver.js';
import { AccountClientCache } from './aws/account-clients.js';

const ERRORS = Symbol.for('agentdispatch:errors@1');

const plugin: ProviderPlugin = {
  apiVersion: 1,
  create(host) {
    const cache = new AccountClientCache();
    return {
      drivers: { agentcore: createAgentcoreDriver(cache, host.resolve(ERRORS) as ErrorFactory) },
      close: async () => cache.close(),
    };
  },
};

export default plugin;
