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
  forceOut,
  isDead,
  lookForDispatcher,
  makeWayForOwn,
  ownHello,
  packageVersion,
  pick,
  reachDispatcher,
  RemoteControlPlane,
  startDispatcher,
  untilStopped,
  type DispatcherStatus,
  type Reached,
} from './dispatcher/index.js';
import { DispatchError, isDispatchError } from './errors/index.js';

export { httpAccess, type HttpAccess } from './config/http-access.js';
export { ask, lookForDispatcher, ownHello, sayHello, type DispatcherStatus } from './dispatcher/index.js';

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
  /** How long the owner of the state directory may say nothing before it is taken for dead and killed. Default 30 s. */
  answerMs?: number;
}

/** What leads to a state directory, without the intent to start anything there. */
export type PlaceOptions = Omit<ConnectOptions, 'clientName' | 'engine'>;

/** Errors: AD_CONFIG_*, AD_DISPATCHER_*, AD_STORE_*. */
export async function connect(options: ConnectOptions): Promise<ControlPlane> {
  if (options.engine === 'inline') return await inline(options, await configOf(options));
  const remote = new RemoteControlPlane(() => reach(options), options.answerMs);
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

async function inline({ env, bundledPlugins, answerMs }: ConnectOptions, config: LoadedConfig): Promise<ControlPlane> {
  await makeWayForOwn(config.stateDir, answerMs);
  const { createHost } = await import('./container.js');
  const environment = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const quiet = (): void => undefined;
  const logger = { debug: quiet, info: quiet, warn: quiet };
  const host = await createHost({ config, bundledPlugins, environment, logger }).catch(refuseWhenHeld);
  return host.controlPlane;
}

/** Somebody was faster than we. */
function refuseWhenHeld(error: unknown): never {
  if (!isDispatchError(error) || error.code !== 'AD_STORE_SESSION_LOST') throw error;
  throw new DispatchError('AD_DISPATCHER_HELD', error.message, { cause: error });
}

/** The configuration is read anew each time: it may have been edited since the last connection. */
async function reach(options: ConnectOptions): Promise<Reached> {
  const { stateDir, file, digest, config } = await configOf(options);
  const { answerMs, clientName, env } = options;
  return await reachDispatcher({
    stateDir,
    hello: ownHello({ version: packageVersion(), configDigest: digest, client: clientName }),
    start: () =>
      startDispatcher({
        ...options,
        ...(file !== undefined && { configFile: file }),
        stateDir,
        telemetry: config.telemetry !== undefined,
        program: dispatcherProgram(),
      }),
    environment: (names) => pick(env, names),
    answerMs,
  });
}

/** Compiled beside this file; where the sources run as they are, the built one is used. */
const dispatcherProgram = (): string => {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.join(here, '..', 'dist', 'dispatcher-process.js');
};

/** The dispatcher of the configuration's state directory; undefined when none runs. Starts nothing. */
export async function dispatcherStatus(options: PlaceOptions): Promise<DispatcherStatus | undefined> {
  const { stateDir } = await configOf(options);
  const found = await lookForDispatcher(stateDir, options.answerMs);
  if (found.state !== 'listening') return undefined;
  try {
    return (await ask(found.connection, 'status', {}, options.answerMs)) as DispatcherStatus;
  } finally {
    found.connection.close();
  }
}

/**
 * Ends the dispatcher and waits until it has ended; its tasks are taken up again by the next one. Returns whether one ran.
 * @param force kill the process instead of telling it: for one that does not answer.
 * Errors: AD_DISPATCHER_UNREACHABLE when it does not end, or cannot be killed from here.
 */
export async function stopDispatcher(options: PlaceOptions, force = false): Promise<boolean> {
  const { stateDir } = await configOf(options);
  if (force) return await forceOut(stateDir);
  const found = await lookForDispatcher(stateDir, options.answerMs);
  if (found.state === 'free' || isDead(found)) return false;
  if (found.state === 'listening') {
    try {
      await ask(found.connection, 'stop', {}, options.answerMs);
    } finally {
      found.connection.close();
    }
  }
  await untilStopped(stateDir, found.owner);
  return true;
}

/**
 * Becomes the dispatcher of the configuration's state directory, in this process, until it is told to stop.
 * @param onReady called once the directory is held and calls are answered.
 * Errors: AD_DISPATCHER_HELD when there is a live one.
 */
export async function runDispatcher(options: PlaceOptions, onReady?: () => void): Promise<void> {
  const config = await configOf(options);
  await makeWayForOwn(config.stateDir, options.answerMs);
  const { serveDispatcher } = await import('./serve-dispatcher.js');
  await serveDispatcher({
    config,
    bundledPlugins: options.bundledPlugins,
    environment: { ...baseEnvironment(options.env) },
    foreground: true,
    onReady,
  }).catch(refuseWhenHeld);
}
