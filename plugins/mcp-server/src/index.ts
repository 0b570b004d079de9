// The MCP front door as a library: what a program needs to be an MCP server, or to serve its own connection.
export { readAddress, type ListenAddress } from './http/address.js';
export { runHttpServer, type HttpSettings } from './http-server.js';
export { runStdioServer } from './stdio-server.js';
export type { ConnectionSettings } from './connect-control-plane.js';
