// The client of AG-UI's own project before the worker's face. It checks every event by its schema and the order of all of them,
// and fails its run when one is wrong.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type BaseEvent, HttpAgent, type RunAgentParameters } from '@ag-ui/client';
import type { AgentScript } from '@agent-dispatch/core/testing';
import { type FaceOnLoopback, faceOnLoopback } from '../testdata/face-on-loopback.js';
import { createFace } from './ag-ui-face.js';

let face: FaceOnLoopback | undefined;
const warned = jest.spyOn(console, 'warn').mockReturnValue();
const failed = jest.spyOn(console, 'error').mockReturnValue();
beforeEach(() => void jest.clearAllMocks());
afterEach(async () => {
  await face?.close();
  // It warns of everything that the protocol does not describe.
  expect(warned.mock.calls).toEqual([]);
});

/** A client with its thread, and the events of its latest run. */
async function clientOf(script: AgentScript): Promise<{
  client: HttpAgent;
  run: (parameters?: RunAgentParameters) => Promise<{ result: unknown; events: BaseEvent[] }>;
}> {
  face = await faceOnLoopback(createFace)(script);
  const client = new HttpAgent({ url: `${face.url}/invocations`, threadId: 'thread-1' });
  client.addMessage({ id: 'm1', role: 'user', content: 'Write a haiku.' });
  return {
    client,
    async run(parameters) {
      const events: BaseEvent[] = [];
      const { result } = (await client.runAgent(parameters, {
        onEvent: ({ event }) => void events.push(event),
      })) as { result: unknown };
      return { result, events };
    },
  };
}

const typesOf = (events: readonly BaseEvent[]): string[] => events.map(({ type }) => type);

describe('a run', () => {
  it('tells output as one message and ends with the result', async () => {
    const { client, run } = await clientOf(async (work) => {
      await work.say('An old ');
      await work.say('silent pond\n');
      return { result: `done: ${work.instruction}` };
    });
    const { result, events } = await run();
    expect(result).toBe('done: Write a haiku.');
    expect(typesOf(events)).toEqual([
      'RUN_STARTED',
      'STATE_SNAPSHOT',
      'TEXT_MESSAGE_START',
      'TEXT_MESSAGE_CONTENT',
      'TEXT_MESSAGE_CONTENT',
      'TEXT_MESSAGE_END',
      'RUN_FINISHED',
    ]);
    expect(client.messages.at(-1)).toMatchObject({ role: 'assistant', content: 'An old silent pond\n' });
  });

  it('that fails is told as an error', async () => {
    const { run } = await clientOf(async (work) => {
      await work.say('I try');
      return { failure: 'The disk is full.' };
    });
    const { events } = await run();
    expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR', message: 'The disk is full.', code: 'AGENT_FAILED' });
  });

  it('that is cancelled is told as cancelled', async () => {
    const { run } = await clientOf(async (work) => {
      await work.say('I wait');
      await new Promise((_resolve, reject) => work.stopped.addEventListener('abort', () => reject(new Error('stop'))));
      return { result: 'never' };
    });
    const running = run();
    await untilBegun();
    await theRun()?.cancel();
    expect((await running).events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'cancelled' } });
  });

  it('tells files as its state, progress as an activity, what the agent says to its caller as a message, the rest as its own', async () => {
    const { client, run } = await clientOf(async (work) => {
      await work.say('output');
      theRun()?.record({ type: 'log', stream: 'stderr', text: 'a warning' });
      theRun()?.record({ type: 'progress', message: 'half', fraction: 0.5 });
      theRun()?.record({ type: 'message', text: 'I am at it.', raw: { kind: 'note' } });
      theRun()?.record({ type: 'gap', from: '1', to: '2' });
      await work.leave({ name: 'out/a~b.txt', mediaType: 'text/plain', bytes: Buffer.from('x') });
      return { result: 'done' };
    });
    client.setState({ mine: 1 });
    const { events } = await run();
    expect(client.state).toEqual({
      mine: 1,
      artifacts: {
        'out/a~b.txt': { name: 'out/a~b.txt', mediaType: 'text/plain', size: 1, sha256: expect.any(String) },
      },
    });
    expect(client.messages.slice(1)).toMatchObject([
      { role: 'assistant', content: 'output' },
      { role: 'activity', activityType: 'PROGRESS', content: { message: 'half', fraction: 0.5 } },
      { role: 'assistant', content: 'I am at it.' },
    ]);
    expect(events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'CUSTOM',
          name: 'agentdispatch.log',
          value: { stream: 'stderr', text: 'a warning' },
        }),
        expect.objectContaining({ type: 'CUSTOM', name: 'agentdispatch.gap', value: { from: '1', to: '2' } }),
        expect.objectContaining({ type: 'RAW', event: { kind: 'note' } }),
      ]),
    );
  });

  it.each([
    ['tells a result that lies in a file', 1000, 'x'.repeat(1000)],
    ['names a result in a file that is too large to be told', 9_000_000, { artifact: 'result.txt' }],
  ])('%s', async (_title, size, expected) => {
    const { run } = await clientOf(async (work) => {
      await work.leave({ name: 'result.txt', mediaType: 'text/plain', bytes: Buffer.alloc(size, 'x') });
      theRun()?.record({ type: 'ended', outcome: 'succeeded', result: { artifact: 'result.txt' } });
      return await new Promise(() => undefined);
    });
    expect((await run()).result).toEqual(expected);
  });

  it('asked for again under its id is told again from its beginning, and not begun again', async () => {
    const { run } = await clientOf(async (work) => {
      await work.say('once');
      return { result: 'done' };
    });
    const first = await run({ runId: 'run-1' });
    const again = await run({ runId: 'run-1' });
    expect(typesOf(again.events)).toEqual(typesOf(first.events));
    expect(again.result).toBe('done');
    expect(face?.runs.tasks).toHaveLength(1);
  });

  it('goes on when its client goes away', async () => {
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const { client, run } = await clientOf(async (work) => {
      await work.say('before');
      await gate;
      await work.say('after');
      return { result: 'done' };
    });
    const left = run({ runId: 'run-1' });
    await untilBegun();
    client.abortRun();
    await left.catch(() => undefined);
    goOn();
    const again = await run({ runId: 'run-1' });
    expect(again.result).toBe('done');
    expect(face?.runs.tasks).toHaveLength(1);
  });

  it('is told what was said before, and the context', async () => {
    const { client, run } = await clientOf(async () => ({ result: 'done' }));
    client.setMessages([
      { id: '1', role: 'user', content: 'Hello' },
      { id: '2', role: 'assistant', content: 'Hi' },
      {
        id: '3',
        role: 'user',
        content: [
          { type: 'text', text: 'Write ' },
          { type: 'text', text: 'more.' },
        ],
      },
    ]);
    await run({ context: [{ description: 'tone', value: 'sad' }] });
    expect(face?.runs.tasks).toEqual([
      {
        invocationId: expect.stringMatching(/^agui_[0-9a-f]{64}$/),
        taskId: expect.stringMatching(/^task_[0-9a-hjkmnp-tv-z]{26}$/),
        attempt: 1,
        instruction: 'Write more.',
        context: {
          tone: 'sad',
          conversation: [
            { role: 'user', content: 'Hello' },
            { role: 'assistant', content: 'Hi' },
          ],
        },
      },
    ]);
  });
});

describe('a question', () => {
  const asking: AgentScript = async (work) => {
    await work.say('Let me ask.\n');
    const name = await work.ask('Your name?');
    await work.say(`Hello ${name}\n`);
    return { result: `for ${name}` };
  };

  it('is an interrupt, and the answer goes on where it was asked', async () => {
    const { client, run } = await clientOf(asking);
    const first = await run();
    expect(client.pendingInterrupts).toEqual([
      { id: expect.any(String), reason: 'input_required', message: 'Your name?' },
    ]);
    const interruptId = client.pendingInterrupts[0]?.id ?? '';
    const second = await run({ resume: [{ interruptId, status: 'resolved', payload: 'Ann' }] });
    expect(second.result).toBe('for Ann');
    expect(client.messages.slice(1).map(({ content }) => content)).toEqual(['Let me ask.\n', 'Hello Ann\n']);
    const contents = [first, second].map(({ events }) =>
      typesOf(events).filter((type) => type === 'TEXT_MESSAGE_CONTENT'),
    );
    expect(contents.map(({ length }) => length)).toEqual([1, 1]);
    expect(face?.runs.tasks).toHaveLength(1);
  });

  it('answered again under the same run id has no second effect', async () => {
    const { client, run } = await clientOf(asking);
    await run();
    const interruptId = client.pendingInterrupts[0]?.id ?? '';
    const answer: RunAgentParameters = {
      runId: 'run-2',
      resume: [{ interruptId, status: 'resolved', payload: 'Ann' }],
    };
    expect((await run(answer)).result).toBe('for Ann');
    expect((await run(answer)).result).toBe('for Ann');
  });

  it('that is abandoned stops the run', async () => {
    const { client, run } = await clientOf(asking);
    await run();
    const interruptId = client.pendingInterrupts[0]?.id ?? '';
    const { events } = await run({ resume: [{ interruptId, status: 'cancelled' }] });
    expect(events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'cancelled' } });
  });

  it('that was answered before takes no other answer', async () => {
    const { client, run } = await clientOf(asking);
    await run();
    const interruptId = client.pendingInterrupts[0]?.id ?? '';
    await run({ resume: [{ interruptId, status: 'resolved', payload: 'Ann' }] });
    await expect(run({ resume: [{ interruptId, status: 'resolved', payload: 'Bob' }] })).rejects.toThrow(/HTTP 422/);
    expect(failed).toHaveBeenCalled();
  });
});

type MemoryRun = NonNullable<ReturnType<FaceOnLoopback['runs']['get']>>;

/** The only run. */
function theRun(): MemoryRun | undefined {
  return face?.runs.get(face.runs.tasks[0]?.invocationId ?? '');
}

async function untilBegun(): Promise<void> {
  while (theRun() === undefined) await new Promise((resolve) => setImmediate(resolve));
}
