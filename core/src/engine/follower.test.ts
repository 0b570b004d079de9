// Following work: its output while it runs, broken connections, other processes taking over, drivers that misbehave.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import { Host, type HostOptions } from './testdata/host.js';
import { events, Feed, type VerbCall } from './testdata/scripted-driver.js';

const SECRET = 'hunter2-very-secret-value';
const ended = { type: 'ended', outcome: 'succeeded', result: { text: 'done' } };

const hosts: Host[] = [];
async function start(options?: HostOptions): Promise<Host> {
  const host = await Host.start(options);
  hosts.push(host);
  return host;
}
async function successor(host: Host): Promise<Host> {
  const next = await host.successor();
  hosts.push(next);
  return next;
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

async function running(host: Host, feed: Feed): Promise<string> {
  host.driver.starting = feed.follow;
  const taskId = await host.submit();
  await host.until(taskId, 'starting');
  return taskId;
}

describe('output', () => {
  it('is readable while the work runs, each piece before the next one comes', async () => {
    const host = await start();
    const feed = new Feed();
    const taskId = await running(host, feed);
    for (const [index, line] of ['one\n', 'two\n', 'three\n'].entries()) {
      feed.log(line);
      await host.eventually(async () => (await host.logLines(taskId)).length === index + 1);
    }
    expect((await host.record(taskId)).status).toBe('running');
    expect(await host.logText(taskId)).toBe('one\ntwo\nthree\n');
  });

  it('held back as a possible secret comes after a short silence', async () => {
    const host = await start();
    const feed = new Feed();
    const taskId = await running(host, feed);
    feed.log('Loading');
    await host.until(taskId, 'running');
    expect(await host.logText(taskId)).toBe('');
    await host.clock.advance(50);
    expect(await host.logText(taskId)).toBe('Loading');
  });

  it('loses a secret that comes in two pieces', async () => {
    const host = await start({ ports: { secrets: { resolve: async () => ({ KEY: SECRET }) } } });
    const feed = new Feed();
    const taskId = await running(host, feed);
    feed.log(`key is ${SECRET.slice(0, 9)}`);
    feed.log(`${SECRET.slice(9)} indeed\n`);
    feed.push(ended);
    await host.until(taskId, 'succeeded');
    expect(await host.logText(taskId)).toBe('key is [redacted:known-value] indeed\n');
  });

  it('of any length is cut into lines that readers can take', async () => {
    const host = await start();
    const feed = new Feed();
    const taskId = await running(host, feed);
    feed.push({ type: 'log', stream: 'stdout', text: `${'😀'.repeat(40_000)}\n`, cursor: '1' }, ended);
    await host.until(taskId, 'succeeded');
    const lines = await host.logLines(taskId);
    expect(lines.map(({ c }) => c)).toEqual([undefined, undefined, '1']);
    expect(lines.map(({ text }) => text).join('')).toBe(`${'😀'.repeat(40_000)}\n`);
  });
});

describe('after the process that followed ended', () => {
  it('another goes on from the last cursor, and no line is lost or doubled', async () => {
    const first = await start();
    const feed = new Feed();
    const taskId = await running(first, feed);
    feed.log('one\n', '1');
    feed.push({ type: 'progress', message: 'half', cursor: '2' });
    feed.log('two\n', '3');
    await first.eventually(async () => (await first.logText(taskId)) === 'one\ntwo\n');
    await first.stop();

    first.driver.resuming = (_handle, { cursor }) => {
      const all = ['1', '2', '3', '4'].map((at) => ({
        type: 'log',
        stream: 'stdout',
        text: `after ${at}\n`,
        cursor: at,
      }));
      return events({ type: 'attached' }, ...all.slice(Number(cursor)), ended);
    };
    const second = await successor(first);
    await second.until(taskId, 'succeeded');
    expect(second.driver.last('resume').context.cursor).toBe('3');
    expect(await second.logText(taskId)).toBe('one\ntwo\nafter 4\n');
    expect(second.driver.verbs().filter((verb) => verb === 'start')).toHaveLength(1);
  });

  it('the cursor of a fact counts when no output came after it', async () => {
    const first = await start();
    const feed = new Feed();
    const taskId = await running(first, feed);
    feed.log('one\n', '1');
    feed.push({ type: 'message', text: 'hello', cursor: '2' });
    await first.eventually(async () => (await first.events(taskId)).some(({ type }) => type === 'message'));
    await first.stop();
    first.driver.resuming = () => events({ type: 'attached' }, ended);
    const second = await successor(first);
    await second.until(taskId, 'succeeded');
    expect(second.driver.last('resume').context.cursor).toBe('2');
  });

  it('provisioning is repeated with the same handle', async () => {
    const first = await start();
    first.driver.provisioning = new Feed().follow;
    const taskId = await first.submit();
    await first.eventually(() => first.driver.verbs().includes('provision'));
    await first.stop();
    first.driver.provisioning = () => events();
    const second = await successor(first);
    await second.until(taskId, 'succeeded');
    const [before, after] = second.driver.calls.filter(({ verb }) => verb === 'provision');
    expect(after?.handle).toEqual(before?.handle);
  });

  it('a start that may have landed is not made again, but asked about', async () => {
    const first = await start();
    const taskId = await running(first, new Feed());
    await first.stop();
    const second = await successor(first);
    const record = await second.until(taskId, 'lost');
    expect(record.outcome?.error).toMatchObject({ code: 'AD_TASK_OUTCOME_UNKNOWN' });
    expect(second.driver.verbs()).toEqual(['provision', 'start', 'resume', 'cleanup']);
  });

  it('a start that is proven not to have landed is made again', async () => {
    const first = await start();
    const taskId = await running(first, new Feed());
    await first.stop();
    first.driver.resuming = () => events({ type: 'not_started', proof: 'nothing was claimed' });
    first.driver.starting = () => events(ended);
    const second = await successor(first);
    await second.until(taskId, 'succeeded');
    expect(second.driver.verbs()).toEqual(['provision', 'start', 'resume', 'start', 'cleanup']);
  });

  it('the idle limit counts from when the new process listens', async () => {
    const first = await start();
    const feed = new Feed();
    first.driver.starting = feed.follow;
    const taskId = await first.submit({ request: { limits: { timeoutSeconds: 3600, idleSeconds: 60 } } });
    feed.log('one\n', '1');
    await first.until(taskId, 'running');
    await first.stop();
    await first.clock.advance(600_000);
    const later = new Feed();
    first.driver.resuming = later.follow;
    const second = await successor(first);
    await second.eventually(() => second.driver.verbs().includes('resume'));
    await second.clock.advance(50_000);
    later.push({ type: 'attached' }, ended);
    expect((await second.until(taskId, 'succeeded')).outcome?.status).toBe('succeeded');
  });
});

describe('a stream that finishes without an end', () => {
  it('is resumed, at first at once and then with pauses', async () => {
    const host = await start();
    host.driver.starting = () => events({ type: 'log', stream: 'stdout', text: 'one\n' });
    host.driver.resuming = () => events({ type: 'attached' });
    const taskId = await host.submit();
    await host.until(taskId, 'running');
    const resumes = (): number => host.driver.verbs().filter((verb) => verb === 'resume').length;
    expect(resumes()).toBe(1);
    await host.clock.advance(2000);
    expect(resumes()).toBe(2);
    host.driver.resuming = () => events({ type: 'attached' }, ended);
    await host.clock.advance(4000);
    expect((await host.record(taskId)).status).toBe('succeeded');
  });

  it('loses the task where the target cannot be asked again', async () => {
    const host = await start();
    host.driver.starting = () => events({ type: 'log', stream: 'stdout', text: 'one\n' });
    const taskId = await host.submit({ route: { resume: false } });
    expect((await host.until(taskId, 'lost')).outcome?.error?.message).toMatch(/finished without telling/);
  });
});

describe('a driver that throws', () => {
  const certain = new DispatchError('AD_PROVIDER_DENIED', 'not allowed');
  const unclear = new DispatchError('AD_PROVIDER_UNAVAILABLE', 'connection reset', { details: { ambiguous: true } });
  const failing = (error: unknown) =>
    async function* (): AsyncGenerator<never> {
      throw error;
    };

  it('a coded error in start ends the attempt', async () => {
    const host = await start();
    host.driver.starting = failing(certain);
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PROVIDER_DENIED');
  });

  it('a coded error in provision ends the attempt and has its target cleaned up', async () => {
    const host = await start();
    host.driver.provisioning = failing(certain);
    await host.until(await host.submit(), 'failed');
    expect(host.driver.verbs()).toEqual(['provision', 'cleanup']);
  });

  it('in plan begins nothing', async () => {
    const host = await start();
    host.driver.planning = () => {
      throw new DispatchError('AD_PROVIDER_TARGET_INVALID', 'no such image');
    };
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PROVIDER_TARGET_INVALID');
    expect(host.driver.verbs()).toEqual([]);
  });

  it.each([
    ['an error that says it is unclear', unclear],
    ['anything else', new TypeError('fetch failed')],
  ])('%s in start is asked about', async (_what, error) => {
    const host = await start();
    host.driver.starting = failing(error);
    host.driver.resuming = () => events(ended);
    await host.until(await host.submit(), 'succeeded');
  });

  it('something unforeseen before anything was begun fails the task with its own words', async () => {
    const host = await start();
    host.driver.starting = failing(new TypeError('x is not a function'));
    host.driver.resuming = () => events({ type: 'not_started', proof: 'nothing was claimed' });
    const { outcome } = await host.until(await host.submit(), 'failed');
    expect(outcome?.error).toMatchObject({ code: 'AD_PROVIDER_INTERNAL', message: 'x is not a function' });
  });
});

describe('a driver that yields what it must not', () => {
  const malformed: [string, unknown][] = [
    ['nothing at all', null],
    ['an unknown type', { type: 'surprise' }],
    ['a name of the object prototype', { type: 'constructor' }],
    ['a handle without resources', { type: 'handle', handle: { version: 1, data: {} } }],
    ['a part over the whole', { type: 'progress', fraction: 7 }],
    ['output that is no text', { type: 'log', stream: 'stdout', text: 7 }],
    ['a time that is none', { type: 'log', stream: 'stdout', text: 'x', at: Number.NaN }],
    ['an end without outcome', { type: 'ended' }],
    ['a cursor that is no text', { type: 'attached', cursor: 7 }],
    ['an answer of resume', { type: 'not_started', proof: 'why' }],
    ['an artifact without content', { type: 'artifact', artifact: { name: 'a' } }],
    ['an artifact that is not there', { type: 'artifact', artifact: { name: 'a', content: { file: '/nowhere/a' } } }],
  ];

  it.each(malformed)('%s: has its work stopped, and only that task fails', async (_what, event) => {
    const host = await start();
    host.driver.starting = () => events(event, ended);
    const taskId = await host.submit();
    const { outcome } = await host.until(taskId, 'failed');
    expect(outcome?.error?.code).toMatch(/^AD_(PLUGIN_CONTRACT|PROVIDER_INTERNAL|TASK_ARTIFACT_NOT_FOUND)$/);
    expect(host.driver.verbs()).toEqual(['provision', 'start', 'cancel', 'cleanup']);
    host.driver.starting = () => events(ended);
    await host.until(await host.submit(), 'succeeded');
  });

  it('an end while it provisions: fails', async () => {
    const host = await start();
    host.driver.provisioning = () => events(ended);
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PLUGIN_CONTRACT');
  });

  it('a planned handle that is none: fails before anything is begun', async () => {
    const host = await start();
    host.driver.planning = () => ({ version: 1, data: {} }) as never;
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PLUGIN_CONTRACT');
    expect(host.driver.verbs()).toEqual([]);
  });

  it('more artifacts than a record holds: fails, and the host runs on', async () => {
    const host = await start();
    const artifact = (index: number) => ({
      type: 'artifact',
      artifact: { name: `${'long/'.repeat(190)}${String(index)}`, content: { text: '' } },
    });
    host.driver.starting = () => events(...Array.from({ length: 300 }, (_, index) => artifact(index)), ended);
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PLUGIN_CONTRACT');
    expect(host.engine.failure).toBeUndefined();
  });
});

describe('a secret', () => {
  it('is handed to provision and start alone, and is stored nowhere', async () => {
    const host = await start({ ports: { secrets: { resolve: async () => ({ KEY: SECRET }) } } });
    const feed = new Feed();
    const taskId = await running(host, feed);
    const leaky = new DispatchError('AD_PROVIDER_INTERNAL', `bad ${SECRET}`, { details: { ambiguous: true } });
    feed.log(`${SECRET}\n`);
    feed.push(
      { type: 'progress', message: `with ${SECRET}` },
      { type: 'message', text: SECRET, raw: { deep: [SECRET] } },
    );
    feed.fail(leaky);
    host.driver.resuming = () =>
      events({ type: 'attached' }, { type: 'ended', outcome: 'failed', result: { json: { SECRET } }, error: leaky });
    await host.until(taskId, 'failed');
    await host.eventually(async () => (await host.record(taskId)).cleanup.state === 'done');

    const given = ({ verb, context }: VerbCall): unknown => [verb, context.secrets];
    expect(host.driver.calls.map(given)).toEqual([
      ['provision', { KEY: SECRET }],
      ['start', { KEY: SECRET }],
      ['resume', {}],
      ['cleanup', {}],
    ]);
    const stored = [await host.record(taskId), await host.events(taskId), await host.logFile(taskId)];
    expect(JSON.stringify(stored)).not.toContain(SECRET);
    expect(JSON.stringify(stored)).toContain('[redacted:');
  });

  it('that cannot be found fails the task before its target is made', async () => {
    const missing = new DispatchError('AD_CONFIG_SECRET_UNRESOLVED', 'KEY is not set');
    const host = await start({ ports: { secrets: { resolve: () => Promise.reject(missing) } } });
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe(missing.code);
    expect(host.driver.verbs()).not.toContain('provision');
  });
});
