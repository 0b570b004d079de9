// The face alone on a loopback port, over runs in memory whose agent a test scripts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgentScript } from '@agent-dispatch/core/testing';
import { MemoryRuns } from '@agent-dispatch/test/fakes/runs/memory-runs.js';
import { createFace } from '../a2a-face.js';

type Json = Record<string, unknown>;

export class FaceServer {
  private constructor(
    readonly runs: MemoryRuns,
    readonly url: string,
    readonly cut: () => void,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(script: AgentScript): Promise<FaceServer> {
    const runs = new MemoryRuns(script);
    const face = createFace(runs);
    const server = createServer((request, response) => {
      if (!face.accepts(request)) return void response.writeHead(404).end();
      face.serve(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const cut = (): void => server.closeAllConnections();
    return new FaceServer(runs, `http://127.0.0.1:${port}`, cut, async () => {
      await runs.close();
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    });
  }

  close(): Promise<void> {
    return this.end();
  }

  async card(): Promise<Json> {
    return (await (await fetch(`${this.url}/.well-known/agent-card.json`)).json()) as Json;
  }

  /** A call that is answered whole. */
  async call(method: string, params: unknown): Promise<{ result?: unknown; error?: Json }> {
    return (await (await this.post({ jsonrpc: '2.0', id: 1, method, params })).json()) as Json;
  }

  /** The results of a stream, to its end. */
  async stream(method: string, params: unknown): Promise<Json[]> {
    const text = await (await this.post({ jsonrpc: '2.0', id: 1, method, params })).text();
    return text
      .split('\n\n')
      .filter((event) => event.startsWith('data: '))
      .map((event) => (JSON.parse(event.slice('data: '.length)) as { result: Json }).result);
  }

  post(body: unknown, signal?: AbortSignal): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(this.url, { method: 'POST', body: text, ...(signal && { signal }) });
  }
}
