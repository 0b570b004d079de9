import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { quickStatus } from './status.js';

let directory: string;
let server: Server;
const sockets: Socket[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'quick-status-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

/** An owner of the state directory that answers these methods, and no other. */
async function dispatcherThatAnswers(answers: Record<string, unknown>): Promise<string> {
  const stateDir = path.join(directory, 'state');
  await mkdir(stateDir, { mode: 0o700 });
  const socketPath = path.join(stateDir, 's');
  server = createServer((socket) => {
    sockets.push(socket);
    createInterface({ input: socket }).on('line', (line) => {
      const { id, method } = JSON.parse(line) as { id: number; method: string };
      if (method in answers) socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: answers[method] })}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const owner = { epoch: 1, incarnation: 'i', pid: process.pid, host: 'here', socket: socketPath };
  await writeFile(path.join(stateDir, 'epoch.1'), JSON.stringify(owner));
  const config = path.join(directory, 'agentdispatch.config.json');
  await writeFile(config, JSON.stringify({ stateDir }));
  return config;
}

it('the quick answer leaves a dispatcher that says hello and then nothing to the full command', async () => {
  const hello = { protocol: 1, version: '1.0.0', stateSchema: 1, verdict: 'fit', wants: [] };
  const config = await dispatcherThatAnswers({ hello });
  expect(await quickStatus(['task_1', '--config', config], '1.0.0')).toBe(false);
});
