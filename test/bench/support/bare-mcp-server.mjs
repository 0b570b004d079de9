// What the SDK itself costs: an MCP stdio server that answers every call at once with an answer of the size of a task's
// view, and does nothing else.
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

process.stdout.setMaxListeners(0);
const view = Object.fromEntries(Array.from({ length: 20 }, (_, field) => [`field_${field}`, 'x'.repeat(35)]));

serveStdio(() => {
  const bare = new McpServer({ name: 'bare', version: '1' });
  bare.server.registerCapabilities({ tools: {} });
  bare.server.setRequestHandler('tools/call', () => ({
    content: [{ type: 'text', text: JSON.stringify(view) }],
    structuredContent: view,
  }));
  return bare;
});
