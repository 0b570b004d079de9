// One face on a loopback port, over runs in memory with a scripted agent behind them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgentScript, ScriptedAgent } from '@agent-dispatch/core/testing';
import { MemoryRuns } from '@agent-dispatch/test/fakes/runs/memory-runs.js';
import { BodyTooLarge } from '../../server/body.js';
import type { CreateFace } from '../face.js';

export interface FaceOnLoopback extends ScriptedAgent {
  /** Without a path. */
  readonly url: string;
  readonly runs: MemoryRuns;
}

export const faceOnLoopback =
  (createFace: CreateFace) =>
  async (script: AgentScript): Promise<FaceOnLoopback> => {
    const runs = new MemoryRuns(script);
    const face = createFace(runs);
    const server = createServer((request, response) => {
      if (!face.accepts(request)) return void response.writeHead(404).end();
      face.serve(request, response).catch((error: unknown) => {
        response.writeHead(error instanceof BodyTooLarge ? 413 : 500).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      url,
      runs,
      channel: { fetch: (path, request) => fetch(url + path, request) },
      dropConnections: () => server.closeAllConnections(),
      close: async () => {
        await runs.close();
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      },
    };
  };
