// How long the MCP server takes from process start to its tools/list answer, beside a bare `node -e 0` in turns.
// node test/bench/mcp-startup.mjs [runs]   prints one JSON object per protocol era; builds nothing.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isQuick, numbersAsked } from './support/figures.mjs';

const [runs] = numbersAsked(isQuick ? 5 : 15);
const server = fileURLToPath(new URL('../../plugins/mcp-server/bin/agentdispatch-mcp.js', import.meta.url));
const clientInfo = { name: 'bench', version: '1' };
const modern = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': clientInfo,
  'io.modelcontextprotocol/clientCapabilities': {},
};
/** What a client of each era sends before it can have the list; the list is request 2. */
const openings = {
  'legacy era': [
    {
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
    },
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/list' },
  ],
  'modern era': [{ id: 2, method: 'tools/list', params: { _meta: modern } }],
};

for (const [era, messages] of Object.entries(openings)) {
  const samples = { server: [], node: [] };
  await toToolsList(messages); // fills the file cache
  for (let run = 0; run < runs; run += 1) {
    samples.node.push(await bareNode());
    samples.server.push(await toToolsList(messages));
  }
  const value = median(samples.server);
  const ratio = value / median(samples.node);
  console.log(
    JSON.stringify({
      name: `MCP server: process start to tools/list answer (${era})`,
      unit: 'ms',
      value: round(value),
      minimum: round(Math.min(...samples.server)),
      bareNode: round(median(samples.node)),
      ratio: round(ratio),
      bar: { ratio: 2.5, value: 300, alarm: 1000 },
      withinBar: ratio <= 2.5,
      runs,
      node: process.version,
      command: `node test/bench/mcp-startup.mjs ${String(runs)}`,
    }),
  );
}

function bareNode() {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', () => resolve(performance.now() - start));
  });
}

function toToolsList(messages) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [server], { stdio: ['pipe', 'pipe', 'inherit'] });
    let elapsed;
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (elapsed !== undefined || !text.split('\n').slice(0, -1).some(isToolsList)) return;
      elapsed = performance.now() - start;
      child.stdin.end();
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (elapsed === undefined) reject(new Error(`the server ended with ${String(code)} before it listed its tools`));
      else resolve(elapsed);
    });
    for (const message of messages) child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  });
}

function isToolsList(line) {
  const { id, result } = JSON.parse(line);
  return id === 2 && result.tools.length > 0;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function round(value) {
  return Math.round(value * 100) / 100;
}
