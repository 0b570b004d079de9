// The services that a plugin may resolve, each under a symbol that is the same in every copy of every package. No type
// and no decorator of the container crosses this boundary: two copies of it would not know each other.
import 'reflect-metadata';
import { container, type DependencyContainer } from 'tsyringe';
import { DispatchError, isErrorCode } from '../errors/index.js';
import type { ErrorFactory, PluginHost } from '../provider/index.js';

export type Services = ReadonlyMap<symbol, unknown>;

const ERRORS_SERVICE = Symbol.for('agentdispatch:errors@1');

/** An unknown code keeps its name in the details. */
const errorFactory: ErrorFactory = {
  create: (code, message, more = {}) =>
    isErrorCode(code)
      ? new DispatchError(code, message, more)
      : new DispatchError('AD_PROVIDER_INTERNAL', message, { ...more, details: { ...more.details, code } }),
};

/** A container of the plugins' own: what the host keeps in its container cannot be resolved through it. */
export function serviceContainer(more: Services = new Map()): DependencyContainer {
  const services = container.createChildContainer();
  services.register(ERRORS_SERVICE, { useFactory: () => errorFactory });
  for (const [token, service] of more) services.register(token, { useFactory: () => service });
  return services;
}

/** What one plugin is given. */
export const pluginHost = (services: DependencyContainer, packageName: string): PluginHost => ({
  resolve: (token) => {
    if (services.isRegistered(token)) return services.resolve(token);
    throw new DispatchError(
      'AD_PLUGIN_CONTRACT',
      `${packageName} asks for ${String(token)}, which this host does not have.`,
      { hint: 'Update AgentDispatch, or the plugin if the name is misspelt.' },
    );
  },
});
