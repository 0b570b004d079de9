// The clients of MCP's own project before the worker's face: the second SDK line in both eras of the protocol, and the first.
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { AgentScript, ScriptedWork } from '@agent-dispatch/core/testing';
import { type FaceOnLoopback, faceOnLoopback } from '../testdata/face-on-loopback.js';
import { createFace } from './mcp-face.js';

type Line = 'current' | 'older' | 'first';
type Answer = (question: { message: string; requestedSchema: unknown }) => object;

let face: FaceOnLoopback | undefined;
const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
  await face?.close();
});

interface Told {
  content: { type: string; text?: string; resource?: { uri: string; blob: string } }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
  _meta?: Record<string, unknown>;
}

interface Caller {
  call: (name: string, input: object, signal?: AbortSignal) => Promise<Told>;
  tools: () => Promise<string[]>;
  /** Log messages, as they came. */
  logs: unknown[];
}

/** @param answer Default: the client cannot be asked. */
async function callerOf(script: AgentScript, line: Line = 'current', answer?: Answer): Promise<Caller> {
  face = await faceOnLoopback(createFace)(script);
  const url = `${face.url}/mcp`;
  return await (line === 'first' ? firstCaller(url) : currentCaller(url, line, answer));
}

async function currentCaller(url: string, line: Line, answer?: Answer): Promise<Caller> {
  const client = new Client(
    { name: 'client', version: '1' },
    {
      versionNegotiation: { mode: line === 'current' ? 'auto' : 'legacy' },
      ...(answer && { capabilities: { elicitation: { form: {} } } }),
    },
  );
  opened.push(client);
  const logs: unknown[] = [];
  client.setNotificationHandler('notifications/message', ({ params }) => void logs.push(params.data));
  if (answer) client.setRequestHandler('elicitation/create', ({ params }) => answer(params as never) as never);
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return {
    call: async (name, input, signal) =>
      (await client.callTool({ name, arguments: { ...input } }, signal && { signal })) as unknown as Told,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    logs,
  };
}

async function firstCaller(url: string): Promise<Caller> {
  const client = new FirstClient({ name: 'client-v1', version: '1' });
  opened.push(client);
  // Its types do not know exactOptionalPropertyTypes.
  await client.connect(new FirstTransport(new URL(url)));
  return {
    call: async (name, input) => (await client.callTool({ name, arguments: { ...input } })) as unknown as Told,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    logs: [],
  };
}

const textOf = ({ content }: Told): string => content.map(({ text = '' }) => text).join('\n');
const asks = async (work: ScriptedWork): Promise<{ result: string }> => ({
  result: `painted ${await work.ask('Which colour?')}`,
});

/** The one run that was begun. */
const runId = (): string => {
  const [task] = face?.runs.tasks ?? [];
  if (task === undefined) throw new Error('nothing was begun');
  return task.invocationId;
};

describe.each(['current', 'older', 'first'] as const)('a client of the %s line', (line) => {
  it('is told of the tools that are for it', async () => {
    const { tools } = await callerOf(async () => ({ result: '' }), line);
    expect(await tools()).toEqual([
      'run_agent',
      'get_run',
      'send_message',
      'cancel_run',
      'get_artifact',
      'agentdispatch',
    ]);
  });

  it('gives work and gets its result', async () => {
    const { call } = await callerOf(async ({ instruction }) => ({ result: `done: ${instruction}` }), line);
    const result = await call('run_agent', { instruction: 'paint' });
    expect(textOf(result)).toBe('done: paint');
    expect(result._meta).toMatchObject({ 'agentdispatch/run_id': runId() });
  });

  it('is told that work failed, in the words of the agent', async () => {
    const { call } = await callerOf(async () => ({ failure: 'no paint' }), line);
    expect(await call('run_agent', { instruction: 'paint' })).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: 'no paint' }],
    });
  });

  it('that cannot be asked gets the question as the answer, answers by a message and waits for the result', async () => {
    const { call } = await callerOf(asks, line);
    const { structuredContent: asked } = await call('run_agent', { instruction: 'paint' });
    expect(asked).toMatchObject({ status: 'input_required', run_id: runId(), question: 'Which colour?' });
    const { run_id, request_id } = asked ?? {};
    expect((await call('get_run', { run_id })).structuredContent).toEqual(asked);
    const sent = await call('send_message', { run_id, request_id, message: 'blue' });
    expect(sent.structuredContent).toMatchObject({ state: 'delivered' });
    expect(textOf(await call('get_run', { run_id, wait_seconds: 50 }))).toBe('painted blue');
  });

  it('is told of files, and fetches them in pieces', async () => {
    const bytes = Buffer.alloc(1_500_000, 'x');
    const { call } = await callerOf(async (work) => {
      await work.leave({ name: 'out/a b.bin', mediaType: 'application/x-test', bytes });
      return { result: 'left' };
    }, line);
    const result = await call('run_agent', { instruction: 'leave' });
    expect(textOf(result)).toMatch(/^left\nFiles: out\/a b\.bin \(1500000 bytes\)\. get_artifact/);
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < bytes.length;) {
      const { content } = await call('get_artifact', { run_id: runId(), name: 'out/a b.bin', offset });
      expect(content[0]?.resource).toMatchObject({ uri: 'artifact:///out/a%20b.bin', mimeType: 'application/x-test' });
      const piece = Buffer.from(content[0]?.resource?.blob ?? '', 'base64');
      pieces.push(piece);
      offset += piece.length;
    }
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  it.each([
    ['run_agent', {}, 'instruction must be a text'],
    ['run_agent', { instruction: 'x', context: 'y' }, 'context must be an object'],
    ['get_run', {}, 'run_id must be a text'],
    ['get_run', { run_id: 'nobody-knows-this' }, 'No run of this id is known here.'],
    ['send_message', { run_id: 'nobody-knows-this', message: 'x' }, 'No run of this id is known here.'],
    ['cancel_run', { run_id: 'nobody-knows-this' }, 'No run of this id is known here.'],
    ['agentdispatch', { agentdispatch: 'dance' }, 'invalid'],
  ])('is told what is wrong with a call of %s: %j', async (name, input, words) => {
    const { call } = await callerOf(async () => ({ result: '' }), line);
    expect(JSON.stringify(await call(name, input))).toContain(words);
    expect(face?.runs.tasks).toEqual([]);
  });
});

describe('a client that can be asked', () => {
  it('is asked, and its answer goes on with the work', async () => {
    const questions: unknown[] = [];
    const { call } = await callerOf(asks, 'current', (question) => {
      questions.push(question.message);
      return { action: 'accept', content: { answer: 'blue' } };
    });
    expect(textOf(await call('run_agent', { instruction: 'paint' }))).toBe('painted blue');
    expect(questions).toEqual(['Which colour?']);
    expect(face?.runs.tasks).toHaveLength(1);
  });

  it('and declines finds the question in the answer, and the work still there', async () => {
    const { call } = await callerOf(asks, 'current', () => ({ action: 'decline' }));
    const { structuredContent: asked } = await call('run_agent', { instruction: 'paint' });
    expect(asked).toMatchObject({ status: 'input_required', question: 'Which colour?' });
    const { run_id, request_id } = asked ?? {};
    await call('send_message', { run_id, request_id, message: 'red' });
    expect(textOf(await call('get_run', { run_id, wait_seconds: 50 }))).toBe('painted red');
  });
});

describe('a run', () => {
  const working = (): { script: AgentScript; begun: Promise<void>; stopped: Promise<void> } => {
    let begin = (): void => undefined;
    let stop = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const script: AgentScript = async (work) => {
      await work.say('at work');
      begin();
      await new Promise<void>((resolve) => work.stopped.addEventListener('abort', () => resolve()));
      stop();
      throw new Error('stopped');
    };
    return { script, begun, stopped };
  };

  it('tells what the agent says while it works', async () => {
    const { call, logs } = await callerOf(async (work) => {
      await work.say('one');
      await work.say('two');
      return { result: 'three' };
    });
    await call('run_agent', { instruction: 'count' });
    expect(logs).toEqual(['one', 'two']);
  });

  it('is stopped by a client of the current revision that closes its call', async () => {
    const { script, begun, stopped } = working();
    const { call } = await callerOf(script);
    const closing = new AbortController();
    const result = call('run_agent', { instruction: 'work' }, closing.signal);
    await begun;
    closing.abort();
    await expect(result).rejects.toThrow();
    await stopped;
  });

  it('outlives the call of an older client, which finds and stops it by its id', async () => {
    const { script, begun, stopped } = working();
    const { call } = await callerOf(script, 'older');
    const result = call('run_agent', { instruction: 'work' }).catch(() => undefined);
    await begun;
    face?.dropConnections();
    const look = (): Promise<Told> => call('get_run', { run_id: runId() });
    // A connection that was kept for the next request may be one of those that were cut.
    const looked = await look().catch(look);
    expect(looked.structuredContent).toMatchObject({ status: 'running', latest_output: 'at work' });
    const cancelled = await call('cancel_run', { run_id: runId(), reason: 'enough' });
    expect(cancelled.structuredContent).toMatchObject({ status: 'cancelled' });
    await stopped;
    await Promise.all(opened.splice(0).map((client) => client.close()));
    await result;
  });
});
