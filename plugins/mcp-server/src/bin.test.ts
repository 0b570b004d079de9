// The built program as a client starts it; needs `npm run build`.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));
const missing = path.join(tmpdir(), 'agentdispatch-there-is-no-such-file.json');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the program; `talk` sees stdout grow and may write to stdin or send signals. */
function run(args: string[], talk: (program: Program, stdout: string) => void = ({ end }) => end()): Promise<Ended> {
  const child = spawn(process.execPath, [path.join(root, 'bin/agentdispatch-mcp.js'), ...args]);
  const program: Program = {
    write: (messages) =>
      void child.stdin.write(messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join('')),
    end: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
  };
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    talk(program, stdout);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  talk(program, '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

interface Program {
  write: (messages: object[]) => void;
  end: () => void;
  kill: (signal: NodeJS.Signals) => void;
}

const initialize = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'tester', version: '1' } },
};

const messagesIn = (stdout: string): { jsonrpc: string; id: number; result: Record<string, unknown> }[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { jsonrpc: string; id: number; result: Record<string, unknown> });

describe('agentdispatch-mcp', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('explains itself', async () => {
    const { code, stdout } = await run(['--help']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('--config <path>') });
  });

  it('ends with 2 and a suggestion for an unknown option', async () => {
    const { code, stdout, stderr } = await run(['--cofnig', 'x']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('did you mean --config?');
  });

  it('says by --check what is wrong, on stderr, and ends with 1', async () => {
    const { code, stdout, stderr } = await run(['--check', '--config', missing]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('AD_CONFIG_NOT_FOUND');
    expect(stderr).toContain('agentdispatch init');
  });

  it('writes nothing but protocol to stdout, answers a broken configuration with a code, and ends with its client', async () => {
    const calls = [
      { method: 'notifications/initialized' },
      { id: 2, method: 'tools/list' },
      { id: 3, method: 'tools/call', params: { name: 'list_tasks', arguments: {} } },
    ];
    const { code, stdout } = await run(['--config', missing], ({ write, end }, received) => {
      if (received === '') return write([initialize, ...calls]);
      if (messagesIn(received).length === 3) end();
    });
    const messages = messagesIn(stdout);
    expect(messages.map(({ jsonrpc, id }) => [jsonrpc, id])).toEqual([1, 2, 3].map((id) => ['2.0', id]));
    expect(messages[1]?.result['tools']).toHaveLength(11);
    expect(messages[2]?.result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('"code":"AD_CONFIG_NOT_FOUND"') }],
    });
    expect(code).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends on %s although stdin stays open', async (signal) => {
    const { code } = await run([], ({ write, kill }, received) => {
      if (received === '') write([initialize]);
      else kill(signal);
    });
    expect(code).toBe(0);
  });

  it('refuses a wait limit that is none, with a code', async () => {
    const child = spawn(process.execPath, [path.join(root, 'bin/agentdispatch-mcp.js')], {
      env: { ...process.env, AGENTDISPATCH_MCP_WAIT_SECONDS: 'long' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(1);
    expect(stderr).toContain('AD_CONFIG_INVALID');
  });
});

describe('the bundle', () => {
  /** A module of the bundle and what it imports before it runs. */
  const closure = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    const source = readFileSync(path.join(root, 'dist/bundle', file), 'utf8');
    for (const [, next] of source.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) if (next) closure(next, seen);
    return seen;
  };

  it('lists the tools without schema compiler, cloud SDK, container, control plane or HTTP', () => {
    const main = readFileSync(path.join(root, 'dist/bundle/main.js'), 'utf8');
    const server = /import\("\.\/(stdio-server[^"]*)"\)/.exec(main)?.[1] ?? '';
    const files = [...closure('main.js'), ...closure(server)];
    const sources = files.map((file) => readFileSync(path.join(root, 'dist/bundle', file), 'utf8')).join('\n');
    expect(sources).toContain('spawn_cloud_agent');
    expect(sources).not.toMatch(/\bajv\b|@aws-sdk|tsyringe|lowdb|cosmiconfig|www-authenticate/i);
    const packages = [...sources.matchAll(/(?:from|import)\s*"([^."][^"]*)"/g)].map(([, name]) => name);
    expect(packages.filter((name) => name?.startsWith('node:') !== true)).toEqual([]);
  });
});
