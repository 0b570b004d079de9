import { afterEach, describe, expect, it } from '@jest/globals';
import type { DispatchRequest, DriverContext, DriverEvent, EndedEvent, Handle } from '@agent-dispatch/core/provider';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CommandEvent,
  eventFrame,
  json,
  jsonAgent,
  scriptedCommand,
} from '@agent-dispatch/test/fakes/agentcore/index.js';
import { type Asked, type MadeRuntimes, startMadeRuntimes } from '../../testdata/made-runtimes.js';
import { collect } from '../../testdata/provider-at-fake.js';

let at: MadeRuntimes;
afterEach(() => at.close());

/** @param script in place of a real shell. */
async function cloud(script?: readonly (CommandEvent | Promise<unknown>)[]): Promise<void> {
  const agent = jsonAgent(() => 'hi');
  at = await startMadeRuntimes({}, script ? { ...agent, command: scriptedCommand(script) } : agent);
}

const commandOf = (input: DispatchRequest['input']): Partial<DispatchRequest> => ({ taskType: 'command.run', input });

async function run(input: DispatchRequest['input'] = { command: ['x'] }, asked: Asked = {}): Promise<DriverEvent[]> {
  const { handle, context } = await at.ready({ request: commandOf(input), ...asked });
  return collect(at.provider.driver.start(handle, context));
}

const output = (events: readonly DriverEvent[], stream: string): string =>
  events.map((event) => (event.type === 'log' && event.stream === stream ? event.text : '')).join('');
const endOf = (events: readonly DriverEvent[]): EndedEvent => events.at(-1) as EndedEvent;

describe('a command', () => {
  it('tells its two streams apart, its exit code and what it printed', async () => {
    await cloud();
    const events = await run({ command: 'printf größe; printf oh >&2', shell: true });
    expect(events[0]).toEqual({ type: 'attached' });
    expect([output(events, 'stdout'), output(events, 'stderr')]).toEqual(['größe', 'oh']);
    expect(endOf(events)).toEqual({ type: 'ended', outcome: 'succeeded', exitCode: 0, result: { text: 'größe' } });
  });

  it('that fails ends failed, with its exit code and what it printed', async () => {
    await cloud();
    expect(endOf(await run({ command: 'echo no; exit 3', shell: true }))).toMatchObject({
      outcome: 'failed',
      exitCode: 3,
      error: { code: 'AD_TASK_FAILED' },
      result: { text: 'no\n' },
    });
  });

  it.each<[string, DispatchRequest['input'], string]>([
    [
      'a list of words is taken word by word',
      { command: ['printf', '[%s]', 'a b', "it's", '$HOME'] },
      "[a b][it's][$HOME]",
    ],
    [
      'a line is split by quoting rules, and nothing in it is expanded',
      { command: `printf '[%s]' "a b" $HOME *` },
      '[a b][$HOME][*]',
    ],
    ['a line for the shell is the shell’s', { command: 'echo $((1 + 1)) | tr 2 3', shell: true }, '3\n'],
    [
      'variables and a directory are its own',
      {
        command: ['sh', '-c', 'echo "$GREETING"; pwd'],
        environment: { GREETING: "it's $HOME" },
        workingDirectory: '/',
      },
      "it's $HOME\n/\n",
    ],
  ])('%s', async (_title, input, printed) => {
    await cloud();
    expect(output(await run(input), 'stdout')).toBe(printed);
  });

  it('runs nowhere when its directory is not there', async () => {
    await cloud();
    const events = await run({ command: 'echo one; echo two', shell: true, workingDirectory: 'nowhere' });
    expect(output(events, 'stdout')).toBe('');
    expect(endOf(events)).toMatchObject({ outcome: 'failed', exitCode: 1 });
  });

  it.each<[string, DispatchRequest['input']]>([
    ['names no program', { command: [] }],
    ['has an open quote', { command: 'echo "a' }],
    ['is a list for the shell', { command: ['echo'], shell: true }],
    ['is too long', { command: ['echo', 'x'.repeat(66_000)] }],
    ['sets what is no variable', { command: ['env'], environment: { 'a-b': '1' } }],
  ])('that %s is refused, and nothing is begun', async (_title, input) => {
    await cloud();
    await expect(run(input)).rejects.toMatchObject({ code: 'AD_PROVIDER_TARGET_INVALID' });
    expect(at.fake.log.executions()).toEqual([]);
  });

  it('is heard while it runs', async () => {
    let go: () => void = () => undefined;
    await cloud([{ stdout: 'one\n' }, new Promise<void>((resolve) => (go = resolve)), { exitCode: 0 }]);
    const { handle, context } = await at.ready({ request: commandOf({ command: ['x'] }) });
    const iterator = at.provider.driver.start(handle, context)[Symbol.asyncIterator]();
    await iterator.next();
    expect((await iterator.next()).value).toEqual({ type: 'log', stream: 'stdout', text: 'one\n' });
    go();
    expect((await iterator.next()).value).toMatchObject({ type: 'ended', outcome: 'succeeded' });
  });

  it('gets the time that its task has left, and says when that was too short', async () => {
    await cloud();
    const { handle, context } = await at.ready({
      request: commandOf({ command: 'echo begun; sleep 600', shell: true }),
    });
    const events: DriverEvent[] = [];
    for await (const event of at.provider.driver.start(handle, context)) {
      events.push(event);
      if (event.type === 'log') at.clock.advance(600_000);
    }
    expect(endOf(events)).toMatchObject({ outcome: 'failed', error: { code: 'AD_TASK_TIMEOUT' } });
  });

  it('whose characters are cut apart, on the wire and between events, is read whole', async () => {
    const frame = eventFrame('chunk', { contentDelta: { stdout: 'größe ' } });
    const cut = frame.indexOf('ö') + 1;
    const [high = '', low = ''] = '🎉'.split('');
    await cloud([
      { raw: frame.subarray(0, cut) },
      { raw: frame.subarray(cut) },
      { stdout: high },
      { stderr: '!' },
      { stdout: low },
      { exitCode: 0 },
    ]);
    const events = await run();
    expect(output(events, 'stdout')).toBe('größe 🎉');
    expect(events.every((event) => event.type !== 'log' || !/[\ud800-\udbff]$/.test(event.text))).toBe(true);
  });

  it('that prints very much is logged in bearable parts, and its result says where it was cut', async () => {
    await cloud([{ stdout: 'ä'.repeat(700_000) }, { stdout: 'ö'.repeat(700_000) }, { exitCode: 0 }]);
    const events = await run();
    expect(output(events, 'stdout')).toHaveLength(1_400_000);
    for (const event of events) if (event.type === 'log') expect(Buffer.byteLength(event.text)).toBeLessThan(65_536);
    const { result } = endOf(events);
    expect((result as { text: string }).text).toMatch(/ö\n\[cut after 1048576 characters/);
  });
});

describe('a command whose end is not heard', () => {
  it.each<[string, readonly CommandEvent[], object | undefined]>([
    ['because its stream has no last event', [{ stdout: 'one' }], undefined],
    [
      'because the service fails in the middle',
      [{ stdout: 'one' }, { exception: 'internalServerException' }],
      undefined,
    ],
    ['because it is throttled in the middle', [{ stdout: 'one' }, { exception: 'throttlingException' }], undefined],
    [
      'because a frame is broken',
      [{ stdout: 'one' }, { raw: Buffer.from('no frame at all, and long enough to be one') }],
      undefined,
    ],
    ['because the connection breaks', [{ stdout: 'one' }, { exitCode: 0 }], { kind: 'reset', afterChunks: 2 }],
    ['because its answer is lost', [{ exitCode: 0 }], { kind: 'lost-response' }],
    [
      'because the service fails before it answers',
      [{ exitCode: 0 }],
      { kind: 'error', type: 'InternalServerException' },
    ],
  ])('%s ends unknown, and is not sent again', async (_title, script, fault) => {
    await cloud(script);
    if (fault) at.fake.faults.inject({ operation: 'InvokeAgentRuntimeCommand', fault: fault as never });
    const outcome: unknown = await run().then(
      (events) => events.at(-1),
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject(
      outcome instanceof Error
        ? { code: 'AD_TASK_OUTCOME_UNKNOWN', details: { ambiguous: true } }
        : { type: 'unknown' },
    );
    expect(at.fake.log.requests({ operation: 'InvokeAgentRuntimeCommand' })).toHaveLength(1);
  });

  it.each([
    ['throttle', { kind: 'throttle' } as const, 'AD_PROVIDER_THROTTLED'],
    ['quota', { kind: 'error', type: 'ServiceQuotaExceededException' } as const, 'AD_PROVIDER_QUOTA'],
    [
      'container that does not start',
      { kind: 'error', type: 'RuntimeClientError' } as const,
      'AD_PROVIDER_AGENT_FAILED',
    ],
  ])('because of a %s never began, for certain', async (_title, fault, code) => {
    await cloud();
    at.fake.faults.inject({ operation: 'InvokeAgentRuntimeCommand', fault });
    await expect(run()).rejects.toMatchObject({ code });
    expect(at.fake.log.executions()).toEqual([]);
  });

  it('names the log of the container that does not start', async () => {
    await cloud();
    at.fake.faults.inject({
      operation: 'InvokeAgentRuntimeCommand',
      fault: { kind: 'error', type: 'RuntimeClientError' },
    });
    await expect(run()).rejects.toMatchObject({
      hint: expect.stringMatching(/group \/aws\/bedrock-agentcore\/runtimes\/ad_\w+-\w{10}-DEFAULT/),
    });
  });
});

describe('a task that goes on in the session of another', () => {
  const keep = { keepSeconds: 300 };

  async function earlier(
    details: Record<string, unknown>,
  ): Promise<{ taskId: string; handle: Handle; context: DriverContext }> {
    const agent = {
      invoke: ({ directory }: { directory: () => string }) => {
        writeFileSync(join(directory(), 'report'), 'by the agent');
        return json('done');
      },
    };
    at = await startMadeRuntimes({}, agent);
    const { handle, context } = await at.ready({ details });
    const channel = at.provider.driver.channel(handle, context);
    await (await channel.fetch('/invocations', { method: 'POST', body: '{}', signal: context.signal })).text();
    return { taskId: context.taskId, handle, context };
  }

  it('sees the files that the agent left, and holds what it uses', async () => {
    const continued = await earlier(keep);
    const request = commandOf({ command: ['cat', 'report'], environment: { LANG: 'C' } });
    const { handle, context } = await at.ready({ details: keep, taskId: 'task_02', continued, request });
    expect(handle.resources).toEqual(continued.handle.resources);
    expect(endOf(await collect(at.provider.driver.start(handle, context)))).toMatchObject({
      result: { text: 'by the agent' },
    });
    expect(at.fake.sessions()).toMatchObject([{ executions: 2, bootIds: [expect.any(String)] }]);
    expect(at.fake.runtimes.made()).toHaveLength(1);
  });

  it('has the microVM as long as it was kept', async () => {
    await earlier(keep);
    expect(at.fake.runtimes.made()).toMatchObject([{ maxLifetimeSeconds: 960, idleSeconds: 900 }]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['kept nothing', {}, {}, 'did not keep its session'],
    ['ran on a runtime made otherwise', keep, { ...keep, idleSeconds: 60 }, 'another agent runtime'],
  ])('is refused when the other %s', async (_title, details, wanted, message) => {
    const continued = await earlier(details);
    const context = at.context({ details: wanted, taskId: 'task_02', continued });
    expect(() => at.plan(context)).toThrow(
      expect.objectContaining({ code: 'AD_PROVIDER_TARGET_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it('is refused when the other never had a session', async () => {
    const { taskId, context } = await earlier(keep);
    const continued = { taskId, handle: at.plan(context) };
    expect(() => at.plan(at.context({ details: keep, taskId: 'task_02', continued }))).toThrow('did not keep');
  });

  it('is refused when what the other kept is released', async () => {
    const { taskId, handle } = await earlier(keep);
    const continued = { taskId, handle: { ...handle, resources: [] } };
    expect(() => at.plan(at.context({ details: keep, taskId: 'task_02', continued }))).toThrow('or it is over');
  });

  it('works in a session of a runtime that exists already, too', async () => {
    at = await startMadeRuntimes({ agents: { researcher: jsonAgent(() => 'hi') } });
    const place = { runtimeArn: at.fake.arn('researcher') };
    const inSession = (asked: Asked): Asked & { details: Record<string, unknown> } => ({
      mode: 'session',
      ...asked,
      details: { ...place, image: undefined, roleArn: undefined, ...asked.details },
    });
    const one = at.context(
      inSession({ details: keep, request: commandOf({ command: 'echo one > file', shell: true }) }),
    );
    const handle = at.plan(one);
    await collect(at.provider.driver.start(handle, one));
    const continued = { taskId: one.taskId, handle };
    const two = at.context(
      inSession({ details: keep, taskId: 'task_02', continued, request: commandOf({ command: ['cat', 'file'] }) }),
    );
    expect(endOf(await collect(at.provider.driver.start(at.plan(two), two)))).toMatchObject({
      result: { text: 'one\n' },
    });
  });
});
