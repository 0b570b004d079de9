// A lead agent's end of the MCP stdio server: requests out, answers matched by id.
import { createInterface } from 'node:readline';

const PROTOCOL_VERSION = '2025-11-25';

export class McpClient {
  #child;
  #pending = new Map();
  #nextId = 1;

  /** @param child the server's process, its stdin and stdout piped. */
  constructor(child) {
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id, result, error } = JSON.parse(line);
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(new Error(error.message));
      else pending?.resolve(result);
    });
    child.once('exit', (code) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`the server ended with ${String(code)}`));
    });
  }

  async initialize() {
    const clientInfo = { name: 'bench', version: '1' };
    await this.#request('initialize', { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo });
    this.#write({ method: 'notifications/initialized' });
  }

  /** The structured answer. @throws when the call failed. */
  async call(name, args) {
    const { isError, structuredContent, content } = await this.#request('tools/call', { name, arguments: args });
    if (isError) throw new Error(JSON.stringify(content));
    return structuredContent;
  }

  #request(method, params) {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#write({ id, method, params });
    });
  }

  #write(message) {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }
}
