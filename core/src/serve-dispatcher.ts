// The life of a dispatcher process: listens, becomes the owner of the state directory, serves, and ends when it is idle
// or told to. Ending loses nothing: whoever owns the directory next takes its tasks up.
import { rm } from 'node:fs/promises';
import type { LoadedConfig } from './config/loaded-config.js';
import { createHost, type Host } from './container.js';
import { openDispatcherLog } from './dispatcher/dispatcher-log.js';
import { packageVersion } from './dispatcher/index.js';
import { watchOwnDoor } from './dispatcher/own-door.js';
import { DispatcherServer } from './dispatcher/server.js';
import { newSocketPath, removeOtherSockets } from './dispatcher/socket-path.js';
import type { Logger } from './provider/index.js';
import { asStoreError } from './store/store-errors.js';

export interface ServeOptions {
  config: LoadedConfig;
  bundledPlugins: readonly string[];
  environment: Record<string, string>;
  /** In the foreground the process ends on a signal or a stop, never because it is idle. */
  foreground?: boolean;
  /** Called once the state directory is held and calls are answered. */
  onReady?: () => void;
  /** Makes what is served. Default: createHost. */
  host?: typeof createHost;
}

const DEFAULT_IDLE_SECONDS = 600;
/** Whoever starts a dispatcher gives its environment at once, unless it died. So long tasks wait for the credentials in it. */
const ENVIRONMENT_MS = 10_000;
/** A client that does not read is not waited for any longer. */
const CLOSE_MS = 2_000;

/** Resolves when the dispatcher has ended. Errors: AD_STORE_SESSION_LOST when another one holds the directory. */
export async function serveDispatcher({
  config,
  bundledPlugins,
  environment,
  foreground = false,
  onReady,
  host: makeHost = createHost,
}: ServeOptions): Promise<void> {
  const logger = openDispatcherLog(config.stateDir);
  tellOfBreakdowns(logger);
  let end!: (reason: string) => void;
  const ended = new Promise<string>((resolve) => (end = resolve));
  const idleSeconds = config.config.dispatcher?.idleSeconds ?? DEFAULT_IDLE_SECONDS;
  const server = new DispatcherServer({
    logger,
    idleMs: foreground ? Number.POSITIVE_INFINITY : idleSeconds * 1000,
    onEnd: end,
  });
  let informed!: () => void;
  const begin = new Promise<void>((resolve) => (informed = resolve));
  const socket = newSocketPath(config.stateDir);
  logger.info('dispatcher starts', { pid: process.pid, version: packageVersion(), socket });
  await server.listen(socket).catch((error: unknown) => {
    throw asStoreError(`listening on ${socket}`, error, false);
  });
  let host: Host | undefined;
  let lookAway: (() => void) | undefined;
  try {
    host = await makeHost({
      config,
      bundledPlugins,
      environment,
      logger,
      socket,
      // In the foreground the environment is the process's own.
      ...(!foreground && { begin }),
      onFailure: (error) => end(`the store failed: ${error.message}`),
    });
    removeOtherSockets(socket);
    lookAway = await watchOwnDoor({ stateDir: config.stateDir, socket, logger, onLost: end });
    serve(server, host, { config, environment, informed });
    setTimeout(informed, ENVIRONMENT_MS).unref();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal));
    logger.info('dispatcher ready', { pid: process.pid });
    onReady?.();
    logger.info('dispatcher ends', { reason: await ended });
  } finally {
    lookAway?.();
    // Calls are answered before the store goes.
    await Promise.race([server.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
    await host?.close();
    await rm(socket, { force: true });
  }
}

/** A fault of ours ends the process, and nobody sees its output: the next dispatcher takes the tasks up, the log tells why. */
function tellOfBreakdowns(logger: Logger): void {
  process.on('uncaughtExceptionMonitor', (error, origin) =>
    logger.warn('the dispatcher broke down', { origin, error: error.stack ?? String(error) }),
  );
}

function serve(
  server: DispatcherServer,
  host: Host,
  { config, environment, informed }: Pick<ServeOptions, 'config' | 'environment'> & { informed: () => void },
): void {
  server.serve({
    controlPlane: host.controlPlane,
    version: packageVersion(),
    configDigest: config.digest,
    stateDir: config.stateDir,
    wants: () => host.wants(),
    learn: (more) => {
      const wanted = new Set(host.wants());
      for (const [name, value] of Object.entries(more)) if (wanted.has(name)) environment[name] = value;
      informed();
    },
    openTasks: () => host.openTasks(),
  });
}
