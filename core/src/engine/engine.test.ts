// The engine carries tasks from accepted to cleaned.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { validate } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { settle } from '../testing/simulated-clock.js';
import { Host, type HostOptions } from './testdata/host.js';
import { events, Feed, silent } from './testdata/scripted-driver.js';
import { artifactBlob } from './values.js';

let host: Host;
const start = async (options?: HostOptions): Promise<Host> => (host = await Host.start(options));
const throttled = new DispatchError('AD_PROVIDER_THROTTLED', 'slow down');

afterEach(() => host.stop());

describe('a task', () => {
  it('goes from accepted to cleaned, each verb once', async () => {
    await start();
    const taskId = await host.submit();
    const record = await host.until(taskId, 'succeeded');
    expect(await host.path(taskId)).toEqual(['provisioning', 'starting', 'completing', 'succeeded']);
    expect(host.driver.verbs()).toEqual(['provision', 'start', 'cleanup']);
    expect(record).toMatchObject({
      outcome: { status: 'succeeded', result: { inline: 'done', mediaType: 'text/plain' } },
      cleanup: { state: 'done' },
      resources: [{ state: 'released', proof: { proof: 'verified' } }],
    });
    expect(validate('TaskRecord', record)).toEqual([]);
    expect(host.engine.openTasks).toBe(0);
  });

  it('has its handle stored before a verb gets it, and its intent before start', async () => {
    await start();
    const stored: unknown[] = [];
    const look = async (taskId: string): Promise<void> => {
      const { status, attempts } = await host.record(taskId);
      stored.push([status, attempts?.[0]?.stage, attempts?.[0]?.handle !== undefined]);
    };
    host.driver.provisioning = (_handle, { taskId }) => silent(look(taskId));
    host.driver.starting = async function* (_handle, { taskId }) {
      await look(taskId);
      yield { type: 'ended', outcome: 'succeeded' };
    };
    await host.until(await host.submit(), 'succeeded');
    expect(stored).toEqual([
      ['provisioning', 'planned', true],
      ['starting', 'intended', true],
    ]);
  });

  it('stores a handle learned on the way before it takes the next event', async () => {
    await start();
    const seen: unknown[] = [];
    host.driver.starting = async function* (handle, { taskId }) {
      yield { type: 'handle', handle: { ...handle, data: { pid: 7 } } };
      seen.push((await host.record(taskId)).attempts?.[0]?.handle?.data);
      yield { type: 'ended', outcome: 'succeeded' };
    };
    await host.until(await host.submit(), 'succeeded');
    expect(seen).toEqual([{ pid: 7 }]);
  });

  it('is not held up by another whose driver blocks while it provisions', async () => {
    await start();
    const blocked = new Feed();
    host.driver.provisioning = blocked.follow;
    const first = await host.submit();
    await host.until(first, 'provisioning');
    host.driver.provisioning = () => events();
    await host.until(await host.submit(), 'succeeded');
    expect((await host.record(first)).status).toBe('provisioning');
  });

  it('that reports failure fails with what it said', async () => {
    await start();
    const error = { code: 'AD_PROTOCOL_AGENT_ERROR', message: 'no such file' };
    host.driver.starting = () => events({ type: 'ended', outcome: 'failed', exitCode: 2, error });
    const { outcome } = await host.until(await host.submit(), 'failed');
    expect(outcome).toMatchObject({ exitCode: 2, error });
  });

  it('is tried again after a retryable failure, as often as it may be', async () => {
    await start();
    host.driver.starting = () => silent(Promise.reject(throttled));
    const taskId = await host.submit({ request: { retry: { maxAttempts: 2 } } });
    await host.until(taskId, 'queued');
    await host.clock.advance(1000);
    const record = await host.until(taskId, 'failed');
    expect(record.outcome).toMatchObject({ error: { code: throttled.code }, retryStopped: 'max-attempts' });
    expect(host.driver.calls.filter(({ verb }) => verb === 'start').map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(record.resources.map(({ attempt, state }) => [attempt, state])).toEqual([
      [1, 'released'],
      [2, 'released'],
    ]);
  });

  it('fails before anything is begun when its account profile is another than the accepted one', async () => {
    await start();
    const taskId = await host.submit({ route: { accountDigest: 'c'.repeat(64) } });
    const { outcome } = await host.until(taskId, 'failed');
    expect(outcome?.error).toMatchObject({ code: 'AD_ROUTE_ACCOUNT_MISMATCH' });
    expect(outcome?.error?.hint).toMatch(/Restore the account profile/);
    expect(host.driver.calls).toEqual([]);
  });
});

describe('cleanup that fails', () => {
  it('is tried again until it is done; the task has ended long before', async () => {
    await start();
    const cleaning = host.driver.cleaning;
    host.driver.cleaning = () => Promise.reject(throttled);
    const taskId = await host.submit();
    expect((await host.until(taskId, 'succeeded')).cleanup).toMatchObject({ state: 'pending', tries: 1 });
    expect(host.engine.openTasks).toBe(1);
    await host.clock.advance(1000);
    expect((await host.record(taskId)).cleanup).toMatchObject({ tries: 2, error: { code: throttled.code } });
    host.driver.cleaning = cleaning;
    await host.clock.advance(2000);
    expect((await host.record(taskId)).cleanup.state).toBe('done');
    expect(host.engine.openTasks).toBe(0);
  });

  it('by never answering is given up and tried again', async () => {
    await start();
    host.driver.cleaning = () => new Promise(() => undefined);
    const taskId = await host.submit();
    await host.until(taskId, 'succeeded');
    await host.clock.advance(899_000);
    expect(host.driver.verbs().filter((verb) => verb === 'cleanup')).toHaveLength(1);
    await host.clock.advance(2000);
    expect(host.driver.verbs().filter((verb) => verb === 'cleanup')).toHaveLength(2);
  });
});

describe('a result', () => {
  it('over 8 KiB is a blob', async () => {
    await start();
    const text = 'x'.repeat(9000);
    host.driver.starting = () => events({ type: 'ended', outcome: 'succeeded', result: { text } });
    const taskId = await host.submit();
    const { outcome } = await host.until(taskId, 'succeeded');
    expect(outcome?.result).toMatchObject({ blob: 'result', size: 9000, mediaType: 'text/plain' });
    const { bytes } = await host.store.getBlob(taskId, 'result', 0, 10_000);
    expect(new TextDecoder().decode(bytes)).toBe(text);
  });

  it('of JSON stays JSON', async () => {
    await start();
    host.driver.starting = () => events({ type: 'ended', outcome: 'succeeded', result: { json: { ok: [1, null] } } });
    const { outcome } = await host.until(await host.submit(), 'succeeded');
    expect(outcome?.result).toEqual({ inline: { ok: [1, null] }, mediaType: 'application/json' });
  });

  it('in a file is copied before the target is cleaned up', async () => {
    await start();
    const directory = await mkdtemp(path.join(tmpdir(), 'engine-'));
    const file = path.join(directory, 'result.md');
    await writeFile(file, '# done');
    host.driver.starting = () =>
      events({ type: 'ended', outcome: 'succeeded', result: { file, mediaType: 'text/markdown' } });
    host.driver.cleaning = async (resources) => {
      await rm(directory, { recursive: true });
      return resources.map(({ id }) => ({ id, proof: 'verified' as const }));
    };
    const taskId = await host.submit();
    const { outcome } = await host.until(taskId, 'succeeded');
    expect(outcome?.result).toMatchObject({ blob: 'result', size: 6, mediaType: 'text/markdown' });
    await host.eventually(async () => (await host.record(taskId)).cleanup.state === 'done');
    const { bytes } = await host.store.getBlob(taskId, 'result', 0, 100);
    expect(new TextDecoder().decode(bytes)).toBe('# done');
  });

  it('in a file that is not there fails the task', async () => {
    await start();
    host.driver.starting = () => events({ type: 'ended', outcome: 'succeeded', result: { file: '/nowhere/result' } });
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.message).toMatch(/ENOENT|nothing stored/);
  });

  it('comes with artifacts, text and bytes', async () => {
    await start();
    const artifact = (name: string, content: unknown): unknown => ({ type: 'artifact', artifact: { name, content } });
    host.driver.starting = () =>
      events(artifact('notes.md', { text: 'hi' }), artifact('pixel.png', { base64: 'iVBORw==' }), {
        type: 'ended',
        outcome: 'succeeded',
      });
    const taskId = await host.submit();
    const { artifacts } = await host.until(taskId, 'succeeded');
    expect(artifacts?.map(({ name, size }) => [name, size])).toEqual([
      ['notes.md', 2],
      ['pixel.png', 4],
    ]);
    const { bytes } = await host.store.getBlob(taskId, artifactBlob('pixel.png'), 0, 10);
    expect([...bytes]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });
});

describe('deadlines', () => {
  it('of the task end it with its own code, after cancel and cleanup', async () => {
    await start();
    host.driver.starting = new Feed().follow;
    const taskId = await host.submit({ request: { limits: { timeoutSeconds: 60 } } });
    await host.until(taskId, 'starting');
    await host.clock.advance(60_000);
    const record = await host.until(taskId, 'failed');
    expect(record.outcome?.error?.code).toBe('AD_TASK_TIMEOUT');
    expect(host.driver.verbs()).toEqual(['provision', 'start', 'cancel', 'cleanup']);
  });

  it('of silence are put off by output', async () => {
    await start();
    const feed = new Feed();
    host.driver.starting = feed.follow;
    const taskId = await host.submit({ request: { limits: { timeoutSeconds: 3600, idleSeconds: 60 } } });
    await host.until(taskId, 'starting');
    for (let minute = 0; minute < 5; minute += 1) {
      feed.log('still here\n');
      await host.clock.advance(50_000);
    }
    expect((await host.record(taskId)).status).toBe('running');
    await host.clock.advance(10_000);
    expect((await host.until(taskId, 'failed')).outcome?.error?.code).toBe('AD_TASK_IDLE_TIMEOUT');
  });

  it('of the task hold in the queue too', async () => {
    await start({ ports: { slots: () => [{ key: 'tasks', limit: 0 }] } });
    const taskId = await host.submit({ request: { limits: { timeoutSeconds: 60 } } });
    await settle();
    await host.clock.advance(60_000);
    expect((await host.until(taskId, 'failed')).outcome?.error?.code).toBe('AD_TASK_TIMEOUT');
    expect(host.driver.calls).toEqual([]);
  });
});
