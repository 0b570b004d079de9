import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type BedrockAgentCoreClient,
  InvokeAgentRuntimeCommandCommand,
  type ResponseChunk,
  StopRuntimeSessionCommand,
} from '@aws-sdk/client-bedrock-agentcore';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CommandEvent,
  eventFrame,
  type FakeAgentCore,
  json,
  ManualClock,
  scriptedCommand,
  startFakeAgentCore,
} from './index.js';
import { dataClient, invoke, sessionId, textOf } from './sdk-clients.js';

let fake: FakeAgentCore;
let client: BedrockAgentCoreClient;
const clock = new ManualClock();
const session = sessionId('shell');
afterEach(async () => {
  client.destroy();
  await fake.close();
});

/** @param script in place of a real shell. */
async function start(script?: readonly (CommandEvent | Promise<unknown>)[]): Promise<void> {
  const agent = {
    invoke: ({ directory }: { directory: () => string }) => {
      writeFileSync(join(directory(), 'note'), 'from the agent');
      return json('noted');
    },
    ...(script && { command: scriptedCommand(script) }),
  };
  fake = await startFakeAgentCore({ agents: { researcher: agent }, clock });
  client = dataClient(fake);
}

async function* run(command: string, timeout?: number): AsyncGenerator<ResponseChunk> {
  const input = { agentRuntimeArn: fake.arn('researcher'), runtimeSessionId: session, body: { command, timeout } };
  const { stream } = await client.send(new InvokeAgentRuntimeCommandCommand(input));
  for await (const event of stream ?? []) if (event.chunk) yield event.chunk;
}

async function all(chunks: AsyncIterable<ResponseChunk>): Promise<ResponseChunk[]> {
  const told: ResponseChunk[] = [];
  for await (const chunk of chunks) told.push(chunk);
  return told;
}

describe('a command that runs for real', () => {
  it('tells both of its streams and its exit code, as the SDK decodes them', async () => {
    await start();
    const [first, ...chunks] = await all(run('printf größe; printf oh >&2; exit 3'));
    expect(first).toEqual({ contentStart: {} });
    const text = (name: 'stdout' | 'stderr') => chunks.map(({ contentDelta }) => contentDelta?.[name] ?? '').join('');
    expect([text('stdout'), text('stderr')]).toEqual(['größe', 'oh']);
    expect(chunks.at(-1)).toEqual({ contentStop: { exitCode: 3, status: 'COMPLETED' } });
    expect(fake.log.executions()).toMatchObject([{ kind: 'command', outcome: 'completed' }]);
  });

  it('sees the files that the agent left in its session, until that ends', async () => {
    await start();
    await textOf(await invoke({ fake, client, session }));
    expect(await all(run('cat note'))).toContainEqual({ contentDelta: { stdout: 'from the agent' } });
    const stop = { agentRuntimeArn: fake.arn('researcher'), runtimeSessionId: session };
    await client.send(new StopRuntimeSessionCommand(stop));
    expect((await all(run('cat note'))).at(-1)).toMatchObject({ contentStop: { exitCode: 1 } });
  });

  it('is ended by its time limit', async () => {
    await start();
    const told: ResponseChunk[] = [];
    for await (const chunk of run('echo begun; sleep 60', 5)) {
      told.push(chunk);
      if (chunk.contentDelta) clock.advance(5000);
    }
    expect(told.at(-1)).toEqual({ contentStop: { exitCode: -1, status: 'TIMED_OUT' } });
  });

  it('ends with its session, and breaks its stream', async () => {
    await start();
    const chunks = run('echo $$ > pid; echo begun; sleep 60');
    const reading = (async () => {
      for await (const { contentDelta } of chunks) {
        if (contentDelta === undefined) continue;
        const stop = { agentRuntimeArn: fake.arn('researcher'), runtimeSessionId: session };
        await client.send(new StopRuntimeSessionCommand(stop));
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(fake.log.executions()).toMatchObject([{ outcome: 'ended' }]);
  });

  it.each([
    ['no command', '', 5],
    ['a limit over an hour', 'true', 3601],
  ])('is refused with %s', async (_title, command, timeout) => {
    await start();
    await expect(all(run(command, timeout))).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('a command that plays a script', () => {
  it('that has no stop ends as if all were well', async () => {
    await start([{ stdout: 'one' }]);
    expect(await all(run('x'))).toEqual([{ contentStart: {} }, { contentDelta: { stdout: 'one' } }]);
  });

  it('can fail in the middle', async () => {
    await start([{ stdout: 'one' }, { exception: 'throttlingException', message: 'slow down' }]);
    await expect(all(run('x'))).rejects.toMatchObject({ name: 'ThrottlingException', message: 'slow down' });
  });

  it('can cut characters of a frame between two pieces on the wire', async () => {
    const frame = eventFrame('chunk', { contentDelta: { stdout: 'größe' } });
    const cut = frame.indexOf('ö') + 1;
    await start([{ raw: frame.subarray(0, cut) }, { raw: frame.subarray(cut) }, { exitCode: 0 }]);
    expect(await all(run('x'))).toContainEqual({ contentDelta: { stdout: 'größe' } });
  });

  it('can cut a character into its halves between two events', async () => {
    const [high = '', low = ''] = '🎉'.split('');
    await start([{ stdout: high }, { stdout: low }, { exitCode: 0 }]);
    const told = (await all(run('x'))).map(({ contentDelta }) => contentDelta?.stdout ?? '');
    expect(told.join('')).toBe('🎉');
  });

  it('can break off within a frame', async () => {
    const frame = eventFrame('chunk', { contentDelta: { stdout: 'one' } });
    await start([{ raw: frame.subarray(0, 20) }, { exitCode: 0 }]);
    fake.faults.inject({ operation: 'InvokeAgentRuntimeCommand', fault: { kind: 'reset', afterChunks: 2 } });
    await expect(all(run('x'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
