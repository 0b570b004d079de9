// An MCP server on the first SDK line of MCP's own project, with sessions, and questions on the connection of the call. The agent
// of the kit works behind its one tool.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ElicitResultSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { AgentScript, ScriptedAgent } from '@agent-dispatch/core/testing';

export class McpAgent implements ScriptedAgent {
  private readonly sessions = new Map<string, StreamableHTTPServerTransport>();
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  private constructor(private readonly script: AgentScript) {}

  static async start(script: AgentScript): Promise<McpAgent> {
    const agent = new McpAgent(script);
    await new Promise<void>((resolve) => agent.server.listen(0, '127.0.0.1', resolve));
    return agent;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  readonly channel: ScriptedAgent['channel'] = {
    fetch: (path, request) => fetch(`${this.url}${path}`, request),
  };

  dropConnections(): void {
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== '/mcp') return void response.writeHead(404).end();
    const body: unknown = request.method === 'POST' ? await json(request) : undefined;
    const known = this.sessions.get(String(request.headers['mcp-session-id']));
    await (known ?? (await this.session())).handleRequest(request, response, body);
  }

  private async session(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void this.sessions.set(id, transport),
      onsessionclosed: (id) => void this.sessions.delete(id),
    });
    await this.withTool().connect(transport);
    return transport;
  }

  private withTool(): McpServer {
    const mcp = new McpServer({ name: 'agent-v1', version: '1' }, { capabilities: { logging: {}, tools: {} } });
    mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [TOOL] }));
    mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification, sendRequest }) => {
      const end = await this.script({
        ...UNABLE,
        instruction: String(params.arguments?.['prompt']),
        say: async (data) => {
          const message = { level: 'info' as const, logger: 'agent', data };
          // Whether anybody listens does not matter.
          await sendNotification({ method: 'notifications/message', params: message }).catch(() => undefined);
        },
        ask: async (message) => {
          const question = { message, requestedSchema: ANSWER };
          const { content } = await sendRequest({ method: 'elicitation/create', params: question }, ElicitResultSchema);
          return String(content?.['text']);
        },
      });
      const text = 'result' in end ? end.result : end.failure;
      return { content: [{ type: 'text', text }], ...('failure' in end && { isError: true }) };
    });
    return mcp;
  }
}

const TEXT = { type: 'string' as const };
const ANSWER = { type: 'object' as const, properties: { text: TEXT }, required: ['text'] };
const TOOL = {
  name: 'do_it',
  inputSchema: { type: 'object' as const, properties: { prompt: TEXT }, required: ['prompt'] },
};

const impossible = (what: string) => (): never => {
  throw new TypeError(`this agent knows no ${what}`);
};

const UNABLE = {
  stopped: new AbortController().signal,
  hear: impossible('messages to a call'),
  leave: impossible('files'),
};
