// The MCP server of one connection: lists tools and resources from static documents, and hands each call to the control plane.
// Holds no state of its own; the SDK asks the factory for an instance per connection and for a probe before it.
import { tools } from '@agent-dispatch/schemas/tools';
import {
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolRequest,
  type CallToolResult,
  type Implementation,
  type McpServerFactory,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { callerOf } from './caller.js';
import type { ControlPlaneLink } from './control-plane-link.js';
import { instructions } from './instructions.js';
import { readResource, resourceTemplates } from './resources.js';
import { answer, refusal } from './results.js';
import { toolCallOf } from './tool-calls.js';
import { traceOf } from './trace.js';
import { limitWait, waitLimit } from './wait-limits.js';

export interface ServerParts {
  version: string;
  link: Pick<ControlPlaneLink, 'controlPlane'>;
  /** Seconds one call may wait, whoever calls; without it the client's name decides. */
  waitSeconds?: number;
}

/** These lists never change while the server runs. Milliseconds. */
const UNCHANGING = { ttlMs: 3_600_000, cacheScope: 'private' } as const;

const listed = tools.map((tool) => ({ ...tool }) as unknown as Tool);

export function createServerFactory(parts: ServerParts): McpServerFactory {
  return () => createServer(parts);
}

function createServer(parts: ServerParts): McpServer {
  const mcpServer = new McpServer(
    { name: 'agentdispatch', title: 'AgentDispatch', version: parts.version },
    {
      instructions,
      cacheHints: {
        'tools/list': UNCHANGING,
        'resources/list': UNCHANGING,
        'resources/templates/list': UNCHANGING,
      },
    },
  );
  const { server } = mcpServer;
  // Where a client names itself only when it opens the connection, nothing else tells who it is.
  const connection: { getClientVersion(): Implementation | undefined } = server;
  server.registerCapabilities({ tools: {}, resources: {} });
  server.setRequestHandler('tools/list', () => ({ tools: listed }));
  server.setRequestHandler('tools/call', ({ params }, { mcpReq }) =>
    answerCall(parts, params, mcpReq, connection.getClientVersion()),
  );
  // Tasks are found with list_tasks; a list of resources would have to be read to be listed.
  server.setRequestHandler('resources/list', () => ({ resources: [] }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates }));
  server.setRequestHandler('resources/read', ({ params }) => readResource(params.uri, () => parts.link.controlPlane()));
  return mcpServer;
}

async function answerCall(
  { link, waitSeconds }: ServerParts,
  { name, arguments: input = {} }: CallToolRequest['params'],
  request: ServerContext['mcpReq'],
  announced: Implementation | undefined,
): Promise<CallToolResult> {
  const call = toolCallOf(name);
  if (call === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, unknownTool(name));
  const caller = { ...callerOf(request, announced), ...traceOf(request._meta) };
  const limited = limitWait(name, input, waitLimit(caller.client, waitSeconds));
  try {
    const plane = await link.controlPlane();
    return answer(await call(plane, limited, { caller, signal: request.signal }));
  } catch (error) {
    return refusal(error);
  }
}

const unknownTool = (name: string): string =>
  `Unknown tool: ${name}. The tools are ${tools.map((tool) => tool.name).join(', ')}.`;
