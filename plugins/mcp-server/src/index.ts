// The MCP front door as a library: what a program needs to be an MCP server, or to serve its own connection.
export { readAddress, type ListenAddress } from './http/address.js';
import type { HttpSettings } from './http-server.js';

/** As http-server.ts has it; loaded only here, because over stdio a client waits for the start. */
export const runHttpServer = async (settings: HttpSettings): Promise<void> =>
  (await import('./http-server.js')).runHttpServer(settings);

export type { HttpSettings };
export { runStdioServer } from './stdio-server.js';
export type { ConnectionSettings } from './connect-control-plane.js';
