// The way to the control plane. What lies behind is loaded only when a command needs it.
import type { Caller, ConnectOptions, ControlPlane, LoadedConfig, PluginHost } from '@agent-dispatch/core';
import { bundledPlugins, packageJson } from './own-package.js';

export interface FrontDoorFlags {
  config?: string;
  engine?: 'dispatcher' | 'inline';
}

const CLIENT = 'agentdispatch';

/** What this invocation of the program brings to core. */
export const connectOptions = ({ config, engine }: FrontDoorFlags): ConnectOptions => ({
  ...(config !== undefined && { configPath: config }),
  ...(engine !== undefined && { engine }),
  cwd: process.cwd(),
  env: process.env,
  bundledPlugins: bundledPlugins(),
  clientName: CLIENT,
});

/** For the record of who asked, within the trace of the process that started this one, if it has one. */
export function caller({ TRACEPARENT: traceparent, TRACESTATE: tracestate }: NodeJS.ProcessEnv = process.env): Caller {
  return {
    client: { name: CLIENT, version: packageJson().version },
    ...(traceparent !== undefined && { trace: { traceparent, ...(tracestate !== undefined && { tracestate }) } }),
  };
}

/** Errors: AD_CONFIG_*, AD_DISPATCHER_*, AD_STORE_*. */
export async function openControlPlane(flags: FrontDoorFlags): Promise<ControlPlane> {
  const { connect } = await import('@agent-dispatch/core/dispatcher');
  return await connect(connectOptions(flags));
}

/** Errors: AD_CONFIG_*. */
export async function readConfiguration(flags: FrontDoorFlags): Promise<LoadedConfig> {
  const { configOf } = await import('@agent-dispatch/core/dispatcher');
  return await configOf(connectOptions(flags));
}

/** The providers that this installation knows of, usable or not. Runs no plugin code. */
export async function pluginHost(config: LoadedConfig): Promise<PluginHost> {
  const { PluginHost: Host } = await import('@agent-dispatch/core');
  return await Host.create({ config, env: process.env, bundled: bundledPlugins() });
}
