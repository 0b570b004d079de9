// Following work: its output while it runs, broken connections, other processes taking over, drivers that misbehave.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import { settle } from '../testing/simulated-clock.js';
import { Host, type HostOptions } from './testdata/host.js';
import { TaskLog } from './task-log.js';
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

  it('is also what the agent says, a line for each message, before its event is told', async () => {
    const host = await start();
    const feed = new Feed();
    const taskId = await running(host, feed);
    feed.log('Read');
    feed.push({ type: 'message', text: 'Two are free.' }, { type: 'message', text: 'At eight.\n', cursor: '2' });
    await host.eventually(
      async () => (await host.events(taskId)).filter(({ type }) => type === 'message').length === 2,
    );
    expect((await host.logLines(taskId)).map(({ stream, text }) => [stream, text])).toEqual([
      ['stdout', 'Read'],
      ['agent', 'Two are free.\n'],
      ['agent', 'At eight.\n'],
    ]);
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

  it('output that was held back when it was killed is neither lost nor doubled', async () => {
    const first = await start();
    const feed = new Feed();
    const taskId = await running(first, feed);
    feed.log('one tw', '1');
    await first.eventually(async () => (await first.logText(taskId)) === 'one ');
    await first.store.close();

    const all = ['one tw', 'o thr', 'ee\n'].map((text, index) => ({
      type: 'log',
      stream: 'stdout',
      text,
      cursor: String(index + 1),
    }));
    first.driver.resuming = (_handle, { cursor }) =>
      events({ type: 'attached' }, ...all.slice(Number(cursor ?? 0)), ended);
    const second = await successor(first);
    await second.until(taskId, 'succeeded');
    expect(await second.logText(taskId)).toBe('one two three\n');
  });

  it.each([
    ['output', { type: 'log', stream: 'stdout', text: 'one\n' }],
    ['what the agent says', { type: 'message', text: 'one' }],
  ])('%s that came while the host ended is in the log once, though a start is made again', async (_what, event) => {
    const first = await start();
    const feed = new Feed();
    first.driver.starting = feed.follow;
    const taskId = await first.submit({ route: { startIdempotent: true } });
    await first.until(taskId, 'starting');
    const stopped = first.stop();
    feed.push(event);
    await stopped;
    first.driver.starting = () => events(event, ended);
    const second = await successor(first);
    await second.until(taskId, 'succeeded');
    expect(second.driver.verbs().filter((verb) => verb === 'start')).toHaveLength(2);
    expect(await second.logText(taskId)).toBe('one\n');
  });

  it('output before a fact is written when the fact is stored', async () => {
    const first = await start();
    const feed = new Feed();
    const taskId = await running(first, feed);
    feed.log('almost do', '1');
    feed.push({ type: 'progress', message: 'half', cursor: '2' });
    await first.eventually(async () => (await first.record(taskId)).progress !== undefined);
    expect(await first.logText(taskId)).toBe('almost do');
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

  it('a message is in the log once, also when its event was not stored', async () => {
    const host = await start();
    const taskId = await running(host, new Feed());
    const { record, fence } = (await host.store.get(taskId)) ?? {};
    if (!record || fence === undefined) throw new Error('no such task');
    const { clock } = host;
    const options = { clock, taskId, fence, attempt: record.attempt, redactor: host.ports.redactor([]) };
    await new TaskLog(host.store, options).say('Two are free.', true);
    const { written } = await new TaskLog(host.store, options).lastPlace(0);
    const again = new TaskLog(host.store, { ...options, written });
    await again.say('Two are free.', true);
    await again.say('And more.', true);
    expect(await host.logText(taskId)).toBe('Two are free.\nAnd more.\n');
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

  it('a start that is repeated and refused for certain says nothing of the one before: the work is asked for', async () => {
    const first = await start();
    first.driver.starting = new Feed().follow;
    const taskId = await first.submit({ route: { startIdempotent: true } });
    await first.until(taskId, 'starting');
    await first.stop();
    first.driver.starting = () => {
      throw new DispatchError('AD_PROVIDER_DENIED', 'it runs already');
    };
    first.driver.resuming = () => events({ type: 'attached' }, ended);
    const next = await successor(first);
    await next.until(taskId, 'succeeded');
    expect(next.driver.verbs()).toEqual(['provision', 'start', 'start', 'resume', 'cleanup']);
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

  it('has settled before the next one begins', async () => {
    const host = await start();
    const order: string[] = [];
    host.driver.starting = async function* () {
      try {
        yield { type: 'unknown', reason: 'connection reset' };
      } finally {
        await settle(5);
        order.push('start settled');
      }
    };
    host.driver.resuming = () => {
      order.push('resume');
      return events(ended);
    };
    await host.until(await host.submit(), 'succeeded');
    expect(order).toEqual(['start settled', 'resume']);
  });

  it('loses the task where the target cannot be asked again', async () => {
    const host = await start();
    host.driver.starting = () => events({ type: 'log', stream: 'stdout', text: 'one\n' });
    const taskId = await host.submit({ route: { resume: false } });
    expect((await host.until(taskId, 'lost')).outcome?.error?.message).toMatch(/finished without telling/);
  });
});

describe('a secret', () => {
  it('is handed to every verb, and is stored nowhere', async () => {
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
      ['resume', { KEY: SECRET }],
      ['cleanup', { KEY: SECRET }],
    ]);
    const stored = [await host.record(taskId), await host.events(taskId), await host.logFile(taskId)];
    expect(JSON.stringify(stored)).not.toContain(SECRET);
    expect(JSON.stringify(stored)).toContain('[redacted:');
  });

  it('is taken out of a result that comes as a file, and nothing else is changed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'result-'));
    try {
      const file = join(folder, 'stdout');
      const around = Buffer.concat([Buffer.from('é'), Buffer.alloc(300_000, 'x '), Buffer.from([0xff, 0x00, 0xe9])]);
      await writeFile(file, Buffer.concat([around, Buffer.from(`\n${SECRET}\nö`), around]));
      const host = await start({ ports: { secrets: { resolve: async () => ({ KEY: SECRET }) } } });
      host.driver.starting = () => events({ type: 'ended', outcome: 'succeeded', result: { file } });
      const taskId = await host.submit();
      const { outcome } = await host.until(taskId, 'succeeded');
      const { bytes } = await host.store.getBlob(taskId, 'result', 0, 1_000_000);
      const expected = Buffer.concat([around, Buffer.from('\n[redacted:known-value]\nö'), around]);
      expect(Buffer.compare(bytes, expected)).toBe(0);
      expect(outcome?.result).toMatchObject({ size: expected.length, mediaType: 'text/plain' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is taken out of a result in a file that only passes by, which is stored before the end is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'result-'));
    const host = await start({ ports: { secrets: { resolve: async () => ({ KEY: SECRET }) } } });
    const file = join(folder, 'result');
    host.driver.starting = async function* () {
      await writeFile(file, `with ${SECRET}`);
      try {
        yield { type: 'ended', outcome: 'succeeded', result: { file, mediaType: 'text/markdown', passing: true } };
      } finally {
        await rm(folder, { recursive: true });
      }
    };
    const taskId = await host.submit();
    const { outcome } = await host.until(taskId, 'succeeded');
    const { bytes } = await host.store.getBlob(taskId, 'result', 0, 1000);
    expect(Buffer.from(bytes).toString()).toBe('with [redacted:known-value]');
    expect(outcome?.result).toMatchObject({ mediaType: 'text/markdown' });
  });

  it('that cannot be found fails the task before its target is made', async () => {
    const missing = new DispatchError('AD_CONFIG_SECRET_UNRESOLVED', 'KEY is not set');
    const host = await start({ ports: { secrets: { resolve: () => Promise.reject(missing) } } });
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe(missing.code);
    expect(host.driver.verbs()).not.toContain('provision');
  });
});
