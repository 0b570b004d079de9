// The worker's face in MCP: POST /mcp, in both eras of the protocol, without sessions. For clients that know nothing of this
// worker, and for dispatchers, whose calls it carries.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { Runs } from '../../runs/run.js';
import { parseJson, readBody } from '../../server/body.js';
import { pathOf } from '../../server/server.js';
import type { CreateFace, Face } from '../face.js';
import { offerDispatcherTool } from './dispatcher-tool.js';
import { offerRunTool } from './run-tool.js';
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
    const handler = createMcpHandler(() => serverFor(this.runs, gone.signal));
    try {
      const parsedBody = parseJson(body);
      const answer = await handler.fetch(webRequest(request, body), parsedBody === undefined ? {} : { parsedBody });
      await sendResponse(answer, response, gone.signal);
    } finally {
      await handler.close();
    }
  }
}

function serverFor(runs: Runs, gone: AbortSignal): McpServer {
  const server = new McpServer(
    { name: 'agentdispatch-worker', version: '1' },
    { capabilities: { logging: {} }, instructions: 'One agent. Give it work with run_agent.' },
  );
  offerRunTool(server, runs, gone);
  offerDispatcherTool(server, runs, gone);
  return server;
}

export const createFace: CreateFace = (runs) => new McpFace(runs);
