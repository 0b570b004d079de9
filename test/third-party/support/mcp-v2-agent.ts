// An MCP server on the second SDK line of MCP's own project, without sessions: a question ends the call, and the answer comes with
// the next. The agent of the kit works behind its one tool, from call to call.
import { randomUUID } from 'node:crypto';
import {
  acceptedContent,
  type CallToolResult,
  createMcpHandler,
  fromJsonSchema,
  inputRequired,
  type InputRequiredResult,
  McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { AgentEnd, AgentScript, ScriptedAgent, ScriptedFile } from '@agent-dispatch/core/testing';
import { type Loopback, loopback } from './loopback.js';
import { embedded } from './mcp-agent.js';
import { webListener } from './web-listener.js';

export class McpV2Agent implements ScriptedAgent {
  private readonly works = new Map<string, Work>();
  private readonly handler = createMcpHandler(() => this.withTool());
  private server!: Loopback;

  private constructor(private readonly script: AgentScript) {}

  static async start(script: AgentScript): Promise<McpV2Agent> {
    const agent = new McpV2Agent(script);
    const serve = async (request: Request): Promise<Response> =>
      new URL(request.url).pathname === '/mcp'
        ? await agent.handler.fetch(request)
        : new Response(null, { status: 404 });
    agent.server = await loopback(webListener(serve));
    return agent;
  }

  readonly channel: ScriptedAgent['channel'] = {
    fetch: (path, request) => fetch(`${this.server.url}${path}`, request),
  };

  dropConnections(): void {
    this.server.dropConnections();
  }

  async close(): Promise<void> {
    // An open stream would keep it.
    this.server.dropConnections();
    await this.handler.close();
    await this.server.close();
  }

  private withTool(): McpServer {
    const mcp = new McpServer({ name: 'agent-v2', version: '1' }, { capabilities: { logging: {} } });
    const inputSchema = fromJsonSchema<{ prompt: string }>(ARGUMENTS);
    mcp.registerTool('do_it', { inputSchema }, async ({ prompt }, context) => {
      const state = context.mcpReq.requestState();
      const known = typeof state === 'string' ? this.works.get(state) : undefined;
      if (known !== undefined) {
        const answer = acceptedContent<{ text: string }>(context.mcpReq.inputResponses, 'colour')?.text ?? '';
        return await known.until(context, () => known.goOn(answer));
      }
      const work = new Work();
      this.works.set(work.id, work);
      return await work.until(context, () => work.play(this.script, prompt));
    });
    return mcp;
  }
}

/** One piece of work, and the call that waits for it now. */
class Work {
  readonly id = randomUUID();
  private readonly files: ScriptedFile[] = [];
  private readonly stopping = new AbortController();
  private context: ServerContext | undefined;
  private settle: (result: CallToolResult | InputRequiredResult) => void = () => undefined;
  private answer: (text: string) => void = () => undefined;

  /** What comes of it before it ends or asks is told to this call. */
  async until(context: ServerContext, begin: () => void): Promise<CallToolResult | InputRequiredResult> {
    this.context = context;
    const settled = new Promise<CallToolResult | InputRequiredResult>((resolve) => (this.settle = resolve));
    const stop = (): void => this.stopping.abort();
    context.mcpReq.signal.addEventListener('abort', stop);
    begin();
    return await settled.finally(() => context.mcpReq.signal.removeEventListener('abort', stop));
  }

  goOn(answer: string): void {
    this.answer(answer);
  }

  play(script: AgentScript, instruction: string): void {
    const end = script({
      instruction,
      stopped: this.stopping.signal,
      say: async (data) => {
        const { envelope, notify } = this.context?.mcpReq ?? {};
        // Only who asks for them is told of messages.
        if (!Object.hasOwn(envelope ?? {}, LOG_LEVEL)) return;
        const params = { level: 'info' as const, logger: 'agent', data };
        await notify?.({ method: 'notifications/message', params }).catch(() => undefined);
      },
      ask: (question) =>
        new Promise((resolve) => {
          this.answer = resolve;
          const asked = inputRequired.elicit({ message: question, requestedSchema: ANSWER });
          this.settle(inputRequired({ inputRequests: { colour: asked }, requestState: this.id }));
        }),
      hear: () => {
        throw new TypeError('this agent knows no messages to a call');
      },
      leave: async (file) => void this.files.push(file),
    });
    void end
      .catch((error: unknown): AgentEnd => ({ failure: String(error) }))
      .then((told) => this.settle(this.resultOf(told)));
  }

  private resultOf(end: AgentEnd): CallToolResult {
    const text = 'result' in end ? end.result : end.failure;
    return {
      content: [{ type: 'text', text }, ...this.files.map(embedded)],
      ...('failure' in end && { isError: true }),
    };
  }
}

/** Of a request's metadata. */
const LOG_LEVEL = 'io.modelcontextprotocol/logLevel';
const TEXT = { type: 'string' as const };
const ARGUMENTS = { type: 'object' as const, properties: { prompt: TEXT }, required: ['prompt'] };
const ANSWER = { type: 'object' as const, properties: { text: TEXT }, required: ['text'] };
