// MCP over HTTP on the server as it is shipped: two subjects, clients of both SDK lines and both eras, one dispatcher.
import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  Client,
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
} from '@modelcontextprotocol/client';
import { mcpProgram } from './support/mcp.js';
import { Place, repository } from './support/place.js';

const TEST_MS = 120_000;
const TOKENS = { alice: 'alice-token-0123456789abcdef', bob: 'bob-token-0123456789abcdef' } as const;
type Subject = keyof typeof TOKENS;

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let place: Place;
beforeEach(async () => {
  place = await Place.make({
    accounts: { here: { provider: 'local' } },
    mcp: {
      http: {
        tokens: [
          { subject: 'alice', token: { source: 'environment', name: 'ALICE_TOKEN' } },
          { subject: 'bob', token: { source: 'file', path: 'bob.token' } },
        ],
      },
    },
  });
  await place.write('bob.token', `${TOKENS.bob}\n`);
});
afterEach(() => place.end(), TEST_MS);

interface Serving {
  url: URL;
  process: ChildProcess;
  ended: Promise<unknown>;
}

/** The program, once it says where it serves. */
async function serve(program = [mcpProgram]): Promise<Serving> {
  const args = [...program, '--http', '127.0.0.1:0', '--config', place.configFile];
  const child = spawn(process.execPath, args, {
    cwd: place.root,
    env: { ...place.env, ALICE_TOKEN: TOKENS.alice },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code]: unknown[]) => code);
  place.atEnd(() => child.kill('SIGKILL'));
  let told = '';
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    told += String(chunk);
    const [, url] = /serves MCP at (\S+) for alice, bob/.exec(told) ?? [];
    if (url !== undefined) return { url: new URL(url), process: child, ended };
  }
  throw new Error(`it ended: ${told}`);
}

const headersOf = (subject: Subject) => ({ requestInit: { headers: { authorization: `Bearer ${TOKENS[subject]}` } } });

type Call = (name: string, input?: object, meta?: object) => Promise<Record<string, unknown>>;

interface Answer {
  isError?: boolean;
  structuredContent?: unknown;
  content?: unknown;
}

const valueOf = ({ isError, structuredContent, content }: Answer): Record<string, unknown> => {
  if (isError !== true) return structuredContent as Record<string, unknown>;
  return JSON.parse((content as { text: string }[])[0]?.text ?? '') as Record<string, unknown>;
};

/** Tells when the answer to a tool begins, which is long before it comes where the tool waits. */
function watchedFetch(tool: string): { began: Promise<void>; fetch: typeof globalThis.fetch } {
  let begin = (): void => undefined;
  const began = new Promise<void>((resolve) => (begin = resolve));
  const watched: typeof globalThis.fetch = async (url, init) => {
    const response = await fetch(url, init);
    if (new Headers(init?.headers).get('mcp-name') === tool) begin();
    return response;
  };
  return { began, fetch: watched };
}

type Connect = (url: URL, subject: Subject, fetch?: typeof globalThis.fetch) => Promise<Call>;

const connect: Record<'v1' | 'legacy' | 'modern', Connect> = {
  v1: async (url, subject) => {
    const client = new ClientV1({ name: 'v1', version: '1' });
    await client.connect(new HttpV1(url, headersOf(subject)));
    place.atEnd(() => client.close());
    return async (name, input = {}, _meta) =>
      valueOf((await client.callTool({ name, arguments: { ...input }, _meta: { ..._meta } })) as Answer);
  },
  legacy: (url, subject) => ofV2('legacy', url, headersOf(subject)),
  modern: (url, subject, fetch) => ofV2('auto', url, { ...headersOf(subject), ...(fetch && { fetch }) }),
};

async function ofV2(mode: 'legacy' | 'auto', url: URL, options: StreamableHTTPClientTransportOptions): Promise<Call> {
  const client = new Client({ name: 'v2', version: '2' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(url, options));
  place.atEnd(() => client.close());
  expect(client.getProtocolEra()).toBe(mode === 'auto' ? 'modern' : 'legacy');
  return async (name, input = {}, _meta) =>
    valueOf((await client.callTool({ name, arguments: { ...input }, _meta: { ..._meta } })));
}

const run = (command: string): object => ({
  provider: 'local',
  account_profile: 'here',
  capability: 'agent-runtime',
  task_type: 'command.run',
  target: { mode: 'runtime', protocol: 'stdio' },
  input: { command, shell: true },
});

describe.each(['v1', 'legacy', 'modern'] as const)('over HTTP, a client (%s)', (kind) => {
  it(
    'runs its task, reads its trace there, and is alone with it',
    async () => {
      const { url, process: server, ended } = await serve();
      const [alice, bob] = [await connect[kind](url, 'alice'), await connect[kind](url, 'bob')];
      const dispatched = await alice(
        'dispatch_task',
        { ...run('echo "$TRACEPARENT $TRACESTATE"'), wait_seconds: 50, group: 'g' },
        { traceparent, tracestate: 'v=1' },
      );
      expect(dispatched).toMatchObject({ status: 'succeeded' });
      const { task_id } = dispatched;
      expect(await alice('get_task_logs', { task_id })).toMatchObject({
        entries: [{ text: `${traceparent} v=1\n` }],
      });
      expect(await bob('get_task_status', { task_id })).toMatchObject({ error: { code: 'AD_TASK_NOT_FOUND' } });
      expect(await bob('list_tasks', { group: 'g' })).toEqual({ tasks: [] });
      expect(await alice('list_tasks', { group: 'g' })).toMatchObject({ tasks: [{ task_id }] });

      server.kill('SIGTERM');
      expect(await ended).toBe(0);
      const audit = (await place.read('.agentdispatch/audit.jsonl')).trimEnd().split('\n');
      expect(audit.map((line) => JSON.parse(line) as unknown)).toMatchObject([
        { operation: 'dispatch', outcome: 'accepted', subject: 'alice', taskId: task_id, traceparent },
      ]);
      expect(audit.join('')).not.toMatch(/TRACESTATE|token-0123/);
    },
    TEST_MS,
  );
});

describe('the HTTP server', () => {
  it(
    'told to end answers who waits, and the task goes on',
    async () => {
      const first = await serve();
      const alice = await connect.modern(first.url, 'alice');
      const { task_id } = await alice('dispatch_task', run(`while [ ! -e ${place.path('go')} ]; do sleep 0.1; done`));
      const { began, fetch } = watchedFetch('wait_task');
      const waiter = await connect.modern(first.url, 'alice', fetch);
      const waiting = waiter('wait_task', { task_ids: [task_id], timeout_seconds: 50 });
      await began;
      first.process.kill('SIGTERM');
      expect(await waiting).toMatchObject({ timed_out: true, pending: [{ task_id }], next: { tool: 'wait_task' } });
      expect(await first.ended).toBe(0);

      const second = await serve([path.join(repository, 'cli/bin/agentdispatch.js'), 'mcp']);
      const again = await connect.modern(second.url, 'alice');
      expect(await again('get_task_status', { task_id })).toMatchObject({ terminal: false });
      await place.write('go', '');
      expect(await again('wait_task', { task_ids: [task_id], timeout_seconds: 50 })).toMatchObject({
        done: [{ task_id, status: 'succeeded' }],
      });
      second.process.kill('SIGINT');
      expect(await second.ended).toBe(0);
    },
    TEST_MS,
  );

  it(
    'takes another token after a restart, beside the dispatcher that is at work',
    async () => {
      const first = await serve();
      const alice = await connect.modern(first.url, 'alice');
      const { task_id } = await alice('dispatch_task', run(`while [ ! -e ${place.path('go')} ]; do sleep 0.1; done`));
      first.process.kill('SIGTERM');
      await first.ended;
      const config = JSON.parse(await place.read('agentdispatch.config.json')) as { mcp: { http: object } };
      Object.assign(config.mcp.http, { allowedHosts: ['mcp.example.com'] });
      await place.configure(config);
      const second = await serve();
      const again = await connect.modern(second.url, 'alice');
      await place.write('go', '');
      expect(await again('dispatch_task', { ...run('true'), wait_seconds: 50 })).toMatchObject({ status: 'succeeded' });
      expect(await again('wait_task', { task_ids: [task_id] })).toMatchObject({ done: [{ status: 'succeeded' }] });
      second.process.kill('SIGTERM');
      await second.ended;
    },
    TEST_MS,
  );

  it(
    'gives no file of its machine to whoever calls from elsewhere',
    async () => {
      const { url, process: server, ended } = await serve();
      const bob = await connect.modern(url, 'bob');
      const input = { command: 'cat in', shell: true, inputs: [{ path: 'in', file: place.path('bob.token') }] };
      expect(await bob('dispatch_task', { ...run(''), input })).toMatchObject({
        error: { code: 'AD_POLICY_LOCAL_ONLY', problems: [{ pointer: '/input/inputs/0' }] },
      });
      expect(await bob('list_tasks')).toEqual({ tasks: [] });
      server.kill('SIGTERM');
      await ended;
    },
    TEST_MS,
  );

  it(
    'whose port is taken says so',
    async () => {
      const { url, process: server, ended } = await serve();
      const args = [mcpProgram, '--http', `127.0.0.1:${url.port}`, '--config', place.configFile];
      const second = spawn(process.execPath, args, {
        env: { ...place.env, ALICE_TOKEN: TOKENS.alice },
        stdio: ['ignore', 'inherit', 'pipe'],
      });
      let told = '';
      second.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
      expect((await once(second, 'close'))[0]).toBe(1);
      expect(told).toContain('AD_HOST_LISTEN');
      server.kill('SIGTERM');
      await ended;
    },
    TEST_MS,
  );
});
