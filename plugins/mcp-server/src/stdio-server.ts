// The MCP server on the stdin and stdout of this process. Holds no task state, so it may end at any time; clients kill
// it at will.
import { withinClosingTime } from './wire/closing-time.js';
import { connectControlPlane, frontDoorConfig, type ConnectionSettings } from './connect-control-plane.js';
import { ControlPlaneLink } from './control-plane-link.js';
import { logError } from './log.js';
import { once } from './once.js';
import { packageInfo } from './package-info.js';
import { ResourceUpdates } from './resources/resource-updates.js';
import { serveConnection } from './wire/serve-connection.js';
import { createServerFactory } from './server.js';
import { waitOverride } from './calls/wait-limits.js';
import { takeStdout } from './wire/wire.js';

/**
 * Serves until stdin ends, stdout breaks, or SIGINT or SIGTERM comes. Connects to the control plane at the first tool
 * call. Called: once per process. When it resolves, the caller should end the process.
 *
 * Errors: AD_CONFIG_INVALID for a bad AGENTDISPATCH_MCP_WAIT_SECONDS; those of connecting are answers to tool calls.
 */
export async function runStdioServer(settings: ConnectionSettings = {}): Promise<void> {
  const waitSeconds = waitOverride(settings.env ?? process.env);
  const link = new ControlPlaneLink(() => connectControlPlane(settings));
  const updates = new ResourceUpdates(() => link.controlPlane(), { report: logError });
  const { version } = packageInfo();
  const waitSettings = once(() => frontDoorConfig(settings));
  const factory = createServerFactory({ version, link, waitSeconds, waitSettings, updates, report: logError });
  const output = takeStdout(process.stdout, process.stderr);
  // The wire tells of it, and ends the connection in order.
  process.stdout.on('error', () => undefined);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const connection = { input: process.stdin, output, stop: stop.signal, report: logError, updates };
  const served = serveConnection(factory, connection);
  await served.finally(() => process.off('SIGINT', onSignal).off('SIGTERM', onSignal));
  await withinClosingTime(link.close());
}
