// A front door's way in: reads the configuration, finds or starts the dispatcher of its state directory, and gives the
// ControlPlane. Nothing of the engine is loaded here unless it is to run in the caller.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from './config/load-config.js';
import type { LoadedConfig } from './config/loaded-config.js';
import type { ControlPlane } from './control-plane.js';
import {
  ask,
  baseEnvironment,
  dispatcherGone,
  findDispatcher,
  killDispatcher,
  packageVersion,
  pick,
  PROTOCOL,
  RemoteControlPlane,
  sayHello,
  startDispatcher,
  type DispatcherStatus,
} from './dispatcher/index.js';
import { DispatchError, isDispatchError } from './errors/index.js';

export { findDispatcher, PROTOCOL, sayHello, type DispatcherStatus } from './dispatcher/index.js';

export interface ConnectOptions {
  /** As given with --config. */
  configPath?: string;
  /** Absolute. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Absolute paths of the provider packages that the front door carries with it. */
  bundledPlugins: readonly string[];
  /** inline: the engine runs in the caller, under the same lock. Default dispatcher. */
  engine?: 'dispatcher' | 'inline';
  /** Name of the front door, for the dispatcher's log. */
  clientName: string;
}

/** Attempts to find or start a dispatcher: each ends in a connection, or shows that another process was faster. */
const TRIES = 20;

/** Errors: AD_CONFIG_*, AD_DISPATCHER_*, AD_STORE_*. */
export async function connect(options: ConnectOptions): Promise<ControlPlane> {
  if (options.engine === 'inline') return await inline(options, await configOf(options));
  const remote = new RemoteControlPlane(() => reach(options));
  await remote.open();
  return remote;
}

/** The configuration that a front door's options lead to. Errors: AD_CONFIG_*. */
export async function configOf({
  configPath,
  cwd,
  env,
  bundledPlugins,
}: Omit<ConnectOptions, 'clientName'>): Promise<LoadedConfig> {
  return await loadConfig({
    ...(configPath !== undefined && { path: configPath }),
    cwd,
    env,
    embedded: async () => {
      const { embeddedConfig } = await import('./plugins/embedded-config.js');
      return await embeddedConfig(bundledPlugins);
    },
  });
}

async function inline({ env, bundledPlugins }: ConnectOptions, config: LoadedConfig): Promise<ControlPlane> {
  const { createHost } = await import('./container.js');
  const environment = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const quiet = (): void => undefined;
  try {
    const host = await createHost({
      config,
      bundledPlugins,
      environment,
      logger: { debug: quiet, info: quiet, warn: quiet },
    });
    return host.controlPlane;
  } catch (error) {
    if (!isDispatchError(error) || error.code !== 'AD_STORE_SESSION_LOST') throw error;
    throw new DispatchError('AD_DISPATCHER_HELD', error.message, { cause: error });
  }
}

/** The configuration is read anew each time: it may have been edited since the last connection. */
async function reach(options: ConnectOptions): ReturnType<ConstructorParameters<typeof RemoteControlPlane>[0]> {
  const config = await configOf(options);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const connection = await findDispatcher(config.stateDir);
    if (connection === undefined) {
      await startDispatcher({
        ...options,
        ...(config.file !== undefined && { configFile: config.file }),
        stateDir: config.stateDir,
        program: dispatcherProgram(),
      });
      continue;
    }
    const hello = {
      protocol: PROTOCOL,
      version: packageVersion(),
      configDigest: config.digest,
      client: options.clientName,
    };
    const answer = await sayHello(connection, hello).catch((error: unknown) => {
      // It ended between the connection and its answer; whoever comes next holds the directory.
      if (connection.open) throw error;
      return undefined;
    });
    if (answer === undefined || answer.verdict === 'replaced') continue;
    if (answer.protocol !== PROTOCOL) {
      connection.close();
      throw new DispatchError(
        'AD_DISPATCHER_INCOMPATIBLE',
        `the running dispatcher (${answer.version}) speaks another protocol`,
      );
    }
    const environment = pick(options.env, answer.wants);
    if (Object.keys(environment).length > 0) await connection.call('environment', environment);
    return { connection, verdict: answer.verdict };
  }
  throw new DispatchError('AD_DISPATCHER_UNREACHABLE', 'dispatchers start and end without being reached');
}

/** Compiled beside this file; where the sources run as they are, the built one is used. */
const dispatcherProgram = (): string => {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.join(here, '..', 'dist', 'dispatcher-process.js');
};

/** The dispatcher of the configuration's state directory; undefined when none runs. Starts nothing. */
export async function dispatcherStatus(
  options: Omit<ConnectOptions, 'clientName'>,
): Promise<DispatcherStatus | undefined> {
  const config = await configOf(options);
  const connection = await findDispatcher(config.stateDir);
  if (connection === undefined) return undefined;
  try {
    return (await ask(connection, 'status', {})) as DispatcherStatus;
  } finally {
    connection.close();
  }
}

/**
 * Ends the dispatcher and waits until it has ended; its tasks are taken up again by the next one. Returns whether one ran.
 * @param force kill the process instead of telling it: for one that does not answer.
 * Errors: AD_DISPATCHER_UNREACHABLE when it does not end, or cannot be killed from here.
 */
export async function stopDispatcher(options: Omit<ConnectOptions, 'clientName'>, force = false): Promise<boolean> {
  const { stateDir } = await configOf(options);
  const ran = force ? await killDispatcher(stateDir) : await tellToStop(stateDir);
  if (ran) await dispatcherGone(stateDir);
  return ran;
}

async function tellToStop(stateDir: string): Promise<boolean> {
  const connection = await findDispatcher(stateDir);
  if (connection === undefined) return false;
  try {
    await ask(connection, 'stop', {});
  } finally {
    connection.close();
  }
  return true;
}

/** Becomes the dispatcher of the configuration's state directory, in this process, until it is told to stop. */
export async function runDispatcher(options: Omit<ConnectOptions, 'clientName' | 'engine'>): Promise<void> {
  const config = await configOf(options);
  const { serveDispatcher } = await import('./serve-dispatcher.js');
  await serveDispatcher({
    config,
    bundledPlugins: options.bundledPlugins,
    environment: { ...baseEnvironment(options.env) },
    foreground: true,
  });
}
