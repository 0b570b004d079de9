// The MCP server over HTTP: for clients of other people and machines, each known by its token. Holds no task state: what
// its callers wait for goes on when it ends.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DispatchError } from '@agent-dispatch/core/errors';
import { localhostAllowedHostnames, localhostAllowedOrigins } from '@modelcontextprotocol/server';
import { withinClosingTime } from './wire/closing-time.js';
import {
  connectControlPlane,
  connectionOptions,
  frontDoorConfig,
  type ConnectionSettings,
} from './connect-control-plane.js';
import { ControlPlaneLink } from './control-plane-link.js';
import { bracketed, isLoopback, type ListenAddress } from './http/address.js';
import { Endpoint } from './http/endpoint.js';
import { MCP_PATH } from './http/gate.js';
import { ownParts } from './http/own-parts.js';
import { Tokens } from './http/tokens.js';
import { logError, say } from './log.js';
import { once as onceFor } from './once.js';
import { packageInfo } from './package-info.js';
import { createServerFactory } from './server.js';
import { waitOverride } from './calls/wait-limits.js';

export interface HttpSettings extends ConnectionSettings {
  address: ListenAddress;
}

/** Longer than proxies keep a connection that they mean to use again. Milliseconds. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Serves until SIGINT or SIGTERM comes; waits are then answered as if their time was over. Says on stderr where.
 *
 * Errors: AD_CONFIG_HTTP_ACCESS when nobody may call, or an address beyond this machine has no name; those of the
 * configuration and its tokens; AD_HOST_LISTEN.
 */
export async function runHttpServer({ address, ...settings }: HttpSettings): Promise<void> {
  const waitSeconds = waitOverride(settings.env ?? process.env);
  const access = await readAccess(settings);
  const names = namesOf(address, access);
  const link = new ControlPlaneLink(() => connectControlPlane(settings));
  const stop = new AbortController();
  const waitSettings = onceFor(() => frontDoorConfig(settings));
  const parts = { version: packageInfo().version, waitSeconds, waitSettings, report: logError };
  const own = ownParts(() => link.controlPlane(), { stop: stop.signal, report: logError });
  const endpoint = new Endpoint({
    ...names,
    verifier: new Tokens(access.tokens),
    serverFor: (subject) => createServerFactory({ ...parts, ...own(subject) }),
    updatesFor: (subject) => own(subject).updates,
    report: logError,
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, endpoint.listener);
  await listen(server, address);
  announce(server.address() as AddressInfo, access);
  await untilSignalled();
  const closed = once(server, 'close');
  server.close();
  stop.abort();
  await withinClosingTime(endpoint.drain());
  await endpoint.close();
  server.closeAllConnections();
  await closed;
  await withinClosingTime(link.close());
}

type Access = Awaited<ReturnType<typeof readAccess>>;

async function readAccess(settings: ConnectionSettings) {
  const { configOf, httpAccess } = await import('@agent-dispatch/core/dispatcher');
  const options = connectionOptions(settings);
  return await httpAccess(await configOf(options), options.env);
}

/** Errors: AD_CONFIG_HTTP_ACCESS. */
function namesOf(
  { host }: ListenAddress,
  { allowedHosts, allowedOrigins }: Access,
): { hosts: string[]; origins: string[] } {
  if (isLoopback(host)) {
    const hosts = [...localhostAllowedHostnames(), bracketed(host), ...allowedHosts];
    return { hosts, origins: [...localhostAllowedOrigins(), ...allowedOrigins] };
  }
  if (allowedHosts.length > 0) return { hosts: [...allowedHosts], origins: [...allowedOrigins] };
  throw new DispatchError(
    'AD_CONFIG_HTTP_ACCESS',
    `${host} is reached from other machines, and the configuration does not say by which names.`,
    {
      hint: 'Name them in mcp.http.allowedHosts, such as ["mcp.example.com"]; or listen on 127.0.0.1, behind a proxy with TLS.',
    },
  );
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new DispatchError('AD_HOST_LISTEN', `Cannot listen on ${bracketed(host)}:${String(port)} (${code}).`);
  }
}

function announce({ address, port }: AddressInfo, { tokens }: Access): void {
  const subjects = [...new Set(tokens.map(({ subject }) => subject))].join(', ');
  say(`serves MCP at http://${bracketed(address)}:${String(port)}${MCP_PATH} for ${subjects}`);
  if (!isLoopback(address)) say('tokens and tasks travel unencrypted to this address: put a proxy with TLS before it');
}

function untilSignalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
