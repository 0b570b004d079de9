// Some tools and resources of the conformance suite's own example server: those whose answers reach the client in a way of
// their own, as streams, with another HTTP status, by headers, over several requests, or as bytes.
import { randomBytes } from 'node:crypto';
import {
  acceptedContent,
  createRequestStateCodec,
  fromJsonSchema,
  inputRequired,
  McpServer,
  type CallToolResult,
  type ServerContext,
} from '@modelcontextprotocol/server';

const states = createRequestStateCodec<string>({ key: randomBytes(32) });
const LOG_LEVEL = 'io.modelcontextprotocol/logLevel';
type Form = Parameters<typeof inputRequired.elicit>[0]['requestedSchema'];
const NAME = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } satisfies Form;
const OK = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] } satisfies Form;

export function exampleServer(): McpServer {
  const server = new McpServer(
    { name: 'example', version: '1' },
    { capabilities: { logging: {} }, requestState: { verify: (state, context) => states.verify(state, context) } },
  );
  addPlainTools(server);
  addStreams(server);
  addQuestions(server);
  addResources(server);
  return server;
}

function addPlainTools(server: McpServer): void {
  server.registerTool('test_simple_text', {}, () => text('This is a simple text response for testing.'));
  server.registerTool('test_error_handling', {}, () => {
    throw new Error('This tool intentionally returns an error for testing');
  });
  const region = { type: 'string', 'x-mcp-header': 'Region' };
  const inputSchema = fromJsonSchema<{ region: string }>({ type: 'object', properties: { region } });
  server.registerTool('test_custom_header', { inputSchema }, (given) => text(given.region));
}

function addStreams(server: McpServer): void {
  server.registerTool('test_tool_with_progress', {}, async ({ mcpReq }: ServerContext) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 };
      if (progressToken !== undefined) await mcpReq.notify({ method: 'notifications/progress', params });
    }
    return text('done');
  });
  const logs = async ({ mcpReq }: ServerContext): Promise<CallToolResult> => {
    // By the newer revision only who asks for them is told.
    const unasked = mcpReq.envelope !== undefined && !Object.hasOwn(mcpReq.envelope, LOG_LEVEL);
    for (const step of unasked ? [] : ['started', 'processing', 'completed']) {
      await mcpReq.notify({
        method: 'notifications/message',
        params: { level: 'info', data: `Tool execution ${step}` },
      });
    }
    return text('done');
  };
  server.registerTool('test_tool_with_logging', {}, logs);
  server.registerTool('test_logging_tool', {}, logs);
}

function addQuestions(server: McpServer): void {
  const askName = inputRequired.elicit({ message: 'What is your name?', requestedSchema: NAME });
  const greet = ({ mcpReq }: ServerContext) => {
    const given = acceptedContent<{ name: string }>(mcpReq.inputResponses, 'user_name');
    return given === undefined
      ? inputRequired({ inputRequests: { user_name: askName } })
      : text(`Hello, ${given.name}!`);
  };
  server.registerTool('test_input_required_result_elicitation', {}, greet);
  server.registerTool('test_streaming_elicitation', {}, greet);
  const askConsent = inputRequired.elicit({ message: 'Please confirm', requestedSchema: OK });
  const confirm = async ({ mcpReq }: ServerContext) => {
    const given = acceptedContent(mcpReq.inputResponses, 'confirm');
    if (given !== undefined && mcpReq.requestState() === 'asked') return text('state-ok');
    return inputRequired({ inputRequests: { confirm: askConsent }, requestState: await states.mint('asked') });
  };
  server.registerTool('test_input_required_result_request_state', {}, confirm);
  server.registerTool('test_input_required_result_tampered_state', {}, confirm);
  const params = { messages: [{ role: 'user' as const, content: { type: 'text' as const, text: '?' } }], maxTokens: 1 };
  const inputRequests = { sample: inputRequired.createMessage(params) };
  server.registerTool('test_missing_capability', {}, () => inputRequired({ inputRequests }));
}

function addResources(server: McpServer): void {
  const content = { text: 'This is the content of the static text resource.', mimeType: 'text/plain' };
  server.registerResource('text', 'test://static-text', {}, ({ href }) => ({ contents: [{ uri: href, ...content }] }));
  const bytes = { blob: randomBytes(100_000).toString('base64'), mimeType: 'image/png' };
  server.registerResource('bytes', 'test://static-binary', {}, ({ href }) => ({ contents: [{ uri: href, ...bytes }] }));
}

const text = (what: string): CallToolResult => ({ content: [{ type: 'text', text: what }] });
