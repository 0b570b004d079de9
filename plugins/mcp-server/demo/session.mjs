// A lead agent's side of the demo: an MCP client over stdio that shows each call and its answer as it happens.
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const server = fileURLToPath(new URL('../bin/agentdispatch-mcp.js', import.meta.url));
const start = performance.now();

/** One line with the time since the start; nothing that an agent wrote may command the terminal. */
export function show(text) {
  const seconds = ((performance.now() - start) / 1000).toFixed(2).padStart(6);
  console.log(`${seconds}s  ${text.replaceAll(/\p{Cc}/gu, ' ')}`);
}

export function heading(text) {
  console.log(`\n${text}`);
}

export class Session {
  #client = new Client({ name: 'agentdispatch-demo', version: '1' }, { versionNegotiation: { mode: 'auto' } });

  static async open(config) {
    const session = new Session();
    const since = performance.now();
    await session.#client.connect(
      new StdioClientTransport({ command: process.execPath, args: [server, '--config', config], stderr: 'inherit' }),
    );
    const { tools } = await session.#client.listTools();
    const { name, version } = session.#client.getServerVersion();
    show(`connected to ${name} ${version}, ${tools.length} tools, ${elapsed(since)}`);
    return session;
  }

  /** Calls a tool and shows both sides in brief. @param brief what to show of the answer. */
  async call(tool, input, brief) {
    show(`-> ${tool} ${JSON.stringify(input)}`);
    const since = performance.now();
    const answer = await this.ask(tool, input);
    show(`<- ${brief(answer)}  (${elapsed(since)})`);
    return answer;
  }

  /** Calls a tool without showing it. */
  async ask(tool, input) {
    const { isError, structuredContent, content } = await this.#client.callTool({ name: tool, arguments: input });
    if (isError) throw new Error(`${tool} was refused: ${content[0].text}`);
    return structuredContent;
  }

  async close() {
    await this.#client.close();
  }
}

const elapsed = (since) => `${(performance.now() - since).toFixed(1)} ms`;
