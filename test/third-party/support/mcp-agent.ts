// An MCP server on the first SDK line of MCP's own project, with sessions, and questions on the connection of the call. The agent
// of the kit works behind its one tool.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ElicitResultSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { DispatchError } from '@agent-dispatch/core/errors';
import type { AgentScript, ScriptedAgent, ScriptedFile } from '@agent-dispatch/core/testing';
import { type Loopback, loopback } from './loopback.js';

export interface McpAgentOptions {
  /** Without them every request stands alone, as clouds want it: the agent cannot ask, and cannot be told to stop. */
  readonly hasSessions: boolean;
}

export class McpAgent implements ScriptedAgent {
  private readonly sessions = new Map<string, StreamableHTTPServerTransport>();
  private server!: Loopback;

  private constructor(
    private readonly script: AgentScript,
    private readonly options: McpAgentOptions,
  ) {}

  static async start(script: AgentScript, options: McpAgentOptions): Promise<McpAgent> {
    const agent = new McpAgent(script, options);
    agent.server = await loopback((request, response) => void agent.serve(request, response));
    return agent;
  }

  get url(): string {
    return this.server.url;
  }

  readonly channel: ScriptedAgent['channel'] = {
    fetch: async (path, request) => {
      if (!this.options.hasSessions && request.method !== 'POST') {
        throw new DispatchError('AD_PROTOCOL_UNSUPPORTED', 'this channel knows POST alone');
      }
      return await fetch(`${this.url}${path}`, request);
    },
  };

  dropConnections(): void {
    this.server.dropConnections();
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== '/mcp') return void response.writeHead(404).end();
    const body: unknown = request.method === 'POST' ? await json(request) : undefined;
    const known = this.sessions.get(String(request.headers['mcp-session-id']));
    await (known ?? (await this.session())).handleRequest(request, response, body);
  }

  private async session(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: this.options.hasSessions ? randomUUID : undefined,
      onsessioninitialized: (id) => void this.sessions.set(id, transport),
      onsessionclosed: (id) => void this.sessions.delete(id),
    });
    await this.withTool().connect(transport);
    return transport;
  }

  private withTool(): McpServer {
    const mcp = new McpServer({ name: 'agent-v1', version: '1' }, { capabilities: { logging: {}, tools: {} } });
    mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [TOOL] }));
    mcp.server.setRequestHandler(
      CallToolRequestSchema,
      async ({ params }, { signal, sendNotification, sendRequest }) => {
        const files: ScriptedFile[] = [];
        const end = await this.script({
          instruction: String(params.arguments?.['prompt']),
          stopped: signal,
          say: async (data) => {
            const message = { level: 'info' as const, logger: 'agent', data };
            // Whether anybody listens does not matter.
            await sendNotification({ method: 'notifications/message', params: message }).catch(() => undefined);
          },
          ask: async (message) => {
            const question = { message, requestedSchema: ANSWER };
            const { content } = await sendRequest(
              { method: 'elicitation/create', params: question },
              ElicitResultSchema,
            );
            return String(content?.['text']);
          },
          hear: () => {
            throw new TypeError('this agent knows no messages to a call');
          },
          leave: async (file) => void files.push(file),
        });
        const text = 'result' in end ? end.result : end.failure;
        return {
          content: [{ type: 'text', text }, ...files.map(embedded)],
          ...('failure' in end && { isError: true }),
        };
      },
    );
    return mcp;
  }
}

export const embedded = ({ name, mediaType, bytes }: ScriptedFile) => ({
  type: 'resource' as const,
  resource: { uri: `file:///${name}`, mimeType: mediaType, blob: Buffer.from(bytes).toString('base64') },
});

const TEXT = { type: 'string' as const };
const ANSWER = { type: 'object' as const, properties: { text: TEXT }, required: ['text'] };
const TOOL = {
  name: 'do_it',
  inputSchema: { type: 'object' as const, properties: { prompt: TEXT }, required: ['prompt'] },
};
