// The worker's face in MCP: POST /mcp, in both eras of the protocol, without sessions. For clients that know nothing of this
// worker, and for dispatchers, whose calls it carries.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { Runs } from '../../runs/run.js';
import { parseJson, readBody } from '../../server/body.js';
import { pathOf } from '../../server/server.js';
import type { CreateFace, Face } from '../face.js';
import type { Connection } from './caller.js';
import { offerDispatcherTool } from './dispatcher-tool.js';
import { offerRunTool } from './run-tool.js';
import { offerRunTools } from './run-tools.js';
import { sendResponse, webRequest } from './web.js';

class McpFace implements Face {
  constructor(private readonly runs: Runs) {}

  accepts(request: IncomingMessage): boolean {
    return request.method === 'POST' && pathOf(request) === '/mcp';
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // One for each request: its tools must know when this caller goes away.
    const handler = createMcpHandler(({ era }) => serverFor(this.runs, { era, gone: gone.signal }));
    try {
      const parsedBody = parseJson(body);
      const answer = await handler.fetch(webRequest(request, body), parsedBody === undefined ? {} : { parsedBody });
      await sendResponse(answer, response, gone.signal);
    } finally {
      await handler.close();
    }
  }
}

function serverFor(runs: Runs, connection: Connection): McpServer {
  const server = new McpServer(
    { name: 'agentdispatch-worker', version: '1' },
    { capabilities: { logging: {} }, instructions: INSTRUCTIONS },
  );
  offerRunTool(server, runs, connection);
  offerRunTools(server, runs, connection);
  offerDispatcherTool(server, runs, connection.gone);
  return server;
}

const INSTRUCTIONS =
  'One agent. Give it work with run_agent, which returns its result. Where it asks instead, answer with send_message and wait with get_run.';

export const createFace: CreateFace = (runs) => new McpFace(runs);
