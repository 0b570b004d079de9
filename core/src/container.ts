// The composition root: the only file that puts the parts together. What one folder needs of a folder above it is
// injected here.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  container as rootContainer,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import { DEFAULT_LIMITS, InputCapture } from './capture/index.js';
import type { LoadedConfig } from './config/loaded-config.js';
import { SecretResolver } from './config/secrets.js';
import type { ControlPlane } from './control-plane.js';
import { Engine, Pacer, systemClock, type EnginePorts } from './engine/index.js';
import { toDispatchError } from './errors/index.js';
import { Intake } from './intake/index.js';
import { LocalControlPlane } from './operations/local-control-plane.js';
import type { Operations } from './operations/operation.js';
import { WaitingRoom } from './operations/waiting-room.js';
import { admissionRules, ConfiguredAccounts, PluginHost, pollsPerSecond, wantedVariables } from './plugins/index.js';
import { createRedactor } from './policy/index.js';
import { protocolDrivers } from './protocol/index.js';
import type { Logger } from './provider/index.js';
import {
  AuditFiles,
  LocalStore,
  makePrivateDirectory,
  newTaskId,
  Retention,
  type LocalStoreOptions,
  type TaskStore,
} from './store/index.js';
import { openTelemetry, type Telemetry } from './telemetry/index.js';

export interface HostOptions {
  config: LoadedConfig;
  /** Absolute paths of the provider packages that the front door carries with it. */
  bundledPlugins: readonly string[];
  /** The host's environment variables. May grow while the host lives, as richer front doors connect. */
  environment: Record<string, string>;
  logger: Logger;
  /** Where this process listens; recorded for those who look for the owner of the state directory. */
  socket?: string;
  /** The engine cannot go on: the store was lost or cannot be written. */
  onFailure?: (error: Error) => void;
  /** From then on tasks are worked on. Default: at once. */
  begin?: Promise<void>;
  /** How the state directory is kept. Default: on the disk, in files of the store's own sizes. */
  store?: Pick<LocalStoreOptions, 'files' | 'segmentBytes' | 'checkpointBytes'>;
  /** Stands between the engine and what it is given: for programs that watch or replace a part. */
  ports?: (ports: EnginePorts) => EnginePorts;
}

export interface Host {
  controlPlane: ControlPlane;
  openTasks(): number;
  /** Names of the environment variables that configuration and manifests refer to. */
  wants(): string[];
  /** Stops following everything and gives the state directory up. Tasks can be taken up again from there. */
  close(): Promise<void>;
}

const PLUGINS: InjectionToken<PluginHost> = Symbol('plugins');
const STORE: InjectionToken<TaskStore> = Symbol('store');
const PORTS: InjectionToken<EnginePorts> = Symbol('engine ports');
const OPERATIONS: InjectionToken<Operations> = Symbol('operations');
const ENGINE: InjectionToken<Engine> = Symbol('engine');

/**
 * Opens the state directory and begins to work on its tasks.
 * Errors: AD_STORE_SESSION_LOST when another process owns it; AD_STORE_NOT_PRIVATE, AD_STORE_UNAVAILABLE,
 * AD_STORE_SCHEMA, AD_STORE_CORRUPT.
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const { config, bundledPlugins, environment, logger, socket } = options;
  makePrivateDirectory(config.stateDir);
  const store = new LocalStore({ ...options.store, stateDir: config.stateDir, clock: systemClock, logger });
  await store.open(socket === undefined ? {} : { socket });
  await InputCapture.tidy(config.stateDir).catch((error: unknown) => {
    logger.warn('what a crash left of fetched inputs was not removed', { error: String(error) });
  });
  // Before any plugin's code, so that what an SDK patches is patched for it.
  const telemetry = await openTelemetry({ config, logger });
  const plugins = await PluginHost.create({ config, env: environment, bundled: bundledPlugins }).catch(
    async (error: unknown) => {
      await store.close();
      await telemetry.close();
      throw error;
    },
  );
  const services = compose(options, { store, plugins, telemetry });
  const engine = services.resolve(ENGINE);
  if (options.begin === undefined) engine.start();
  else options.begin.then(() => engine.start()).catch((error: unknown) => options.onFailure?.(toDispatchError(error)));
  const rules = config.config.retention;
  const retention = rules && new Retention({ store, clock: systemClock, rules, logger });
  retention?.start();
  const close = async (): Promise<void> => {
    await retention?.stop();
    await engine.stop();
    await plugins.close();
    await store.close();
    await telemetry.close();
    await services.dispose();
  };
  return {
    controlPlane: new LocalControlPlane(services.resolve(OPERATIONS), close),
    // Asked of the store: what was accepted a moment ago is there before the engine has it.
    openTasks: () => store.mine().length + (store.nextDue() === undefined ? 0 : 1),
    wants: () => wantedVariables(config.config, plugins.providers()),
    close,
  };
}

function compose(
  { config, environment, logger, onFailure, ports = (given) => given }: HostOptions,
  { store, plugins, telemetry }: { store: TaskStore; plugins: PluginHost; telemetry: Telemetry },
): DependencyContainer {
  const services = rootContainer.createChildContainer();
  const register = <Service>(token: InjectionToken<Service>, make: (from: DependencyContainer) => Service): void => {
    services.register(token, { useFactory: instanceCachingFactory(make) });
  };
  const rules = { config: config.config, find: (provider: string) => plugins.find(provider) };
  const pacer = new Pacer(systemClock);
  register(STORE, () => store);
  register(PLUGINS, () => plugins);
  register(PORTS, (from): EnginePorts => ({
    store: from.resolve(STORE),
    drivers: from.resolve(PLUGINS),
    accounts: new ConfiguredAccounts({ config, find: rules.find, env: environment }),
    secrets: new SecretResolver({ env: environment, baseDir: config.baseDir }),
    protocols: protocolDrivers,
    directory: providerDirectory(config.stateDir),
    redactor: (values) => createRedactor({ values }),
    clock: systemClock,
    logger,
    tracer: telemetry.tracer,
    slots: admissionRules(rules),
    pace: async (route, signal) => {
      const perSecond = pollsPerSecond(rules, route);
      if (perSecond !== undefined) await pacer.turn(`${route.account}/${route.driver}`, perSecond, signal);
    },
  }));
  register(OPERATIONS, (from): Operations => {
    const { accounts, secrets, redactor, clock, tracer, directory, pace } = from.resolve(PORTS);
    const intake = new Intake({
      config,
      providers: () => plugins.providers(),
      accountDigest: (name) => accounts.digest(name),
    });
    const { maxInputFiles, maxInputBytes } = config.config.limits ?? {};
    const inputs = new InputCapture({
      stateDir: config.stateDir,
      environment,
      limits: {
        maxFiles: maxInputFiles ?? DEFAULT_LIMITS.maxFiles,
        maxBytes: maxInputBytes ?? DEFAULT_LIMITS.maxBytes,
      },
    });
    return {
      audit: new AuditFiles({ stateDir: config.stateDir, logger }),
      config,
      plugins,
      intake,
      inputs,
      waits: new WaitingRoom(store, clock),
      store,
      accounts,
      secrets,
      redactor,
      clock,
      logger,
      tracer,
      telemetry,
      directory,
      pace,
      newTaskId: () => newTaskId(store.now()),
      newMessageId: () => `msg_${randomUUID()}`,
    };
  });
  register(ENGINE, (from) => new Engine(ports(from.resolve(PORTS)), onFailure));
  return services;
}

/** One private directory for each provider, where its drivers may keep what an attempt needs. */
function providerDirectory(stateDir: string): EnginePorts['directory'] {
  const made = new Set<string>();
  return (provider) => {
    const directory = path.join(stateDir, 'providers', provider);
    if (!made.has(provider)) mkdirSync(directory, { recursive: true, mode: 0o700 });
    made.add(provider);
    return directory;
  };
}
