// The MCP front door as a library: what a program needs to be an MCP server, or to serve its own connection.
export { runStdioServer } from './stdio-server.js';
export type { ConnectionSettings } from './connect-control-plane.js';
