// The way to the control plane. Loaded only when the first call needs it: what lies behind is most of the product.
import type { ConnectOptions, ControlPlane } from '@agent-dispatch/core';
import { bundledPluginRoots } from './package-info.js';

export interface ConnectionSettings {
  /** The configuration file; without it the usual places are searched from `cwd` upwards. */
  configPath?: string;
  /** `inline` hosts the engine in this process, so that tasks end with it. Default `dispatcher`. */
  engine?: 'dispatcher' | 'inline';
  /** Default: the working directory of this process. */
  cwd?: string;
  /** Default: the environment of this process. */
  env?: NodeJS.ProcessEnv;
  /** Absolute roots of provider packages that come with the program. Default: those of this package. */
  bundledPlugins?: readonly string[];
}

export async function connectControlPlane(settings: ConnectionSettings): Promise<ControlPlane> {
  const { connect } = await import('@agent-dispatch/core/dispatcher');
  return connect(connectionOptions(settings));
}

/** With the defaults filled in. */
export const connectionOptions = (settings: ConnectionSettings): ConnectOptions => ({
  configPath: settings.configPath,
  cwd: settings.cwd ?? process.cwd(),
  env: settings.env ?? process.env,
  bundledPlugins: settings.bundledPlugins ?? bundledPluginRoots(),
  engine: settings.engine,
  clientName: 'mcp-server',
});
