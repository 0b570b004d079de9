// An MCP server on a loopback port, for tools that speak nothing but HTTP.
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type McpServerFactory,
  originValidationResponse,
} from '@modelcontextprotocol/server';
import type { Place } from '../../e2e/support/place.js';
import { loopback } from '../../third-party/support/loopback.js';
import { webListener } from '../../third-party/support/web-listener.js';

/** @returns where it listens, until the place ends. */
export async function serveHttp(factory: McpServerFactory, place: Place): Promise<string> {
  const handler = createMcpHandler(factory);
  const refuse = (request: Request): Response | undefined =>
    hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
    originValidationResponse(request, localhostAllowedOrigins());
  const server = await loopback(webListener(async (request) => refuse(request) ?? (await handler.fetch(request))));
  place.atEnd(() => server.close());
  place.atEnd(() => handler.close());
  return `${server.url}/mcp`;
}
