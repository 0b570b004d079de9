// Drivers that fail, or yield what they must not: what becomes of their task, and that the others go on.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../errors/index.js';
import { Host } from './testdata/host.js';
import { events, silent } from './testdata/scripted-driver.js';

const ended = { type: 'ended', outcome: 'succeeded', result: { text: 'done' } };

let host: Host;
beforeEach(async () => {
  host = await Host.start();
});
afterEach(() => host.stop());

describe('a driver that throws', () => {
  const certain = new DispatchError('AD_PROVIDER_DENIED', 'not allowed');
  const unclear = new DispatchError('AD_PROVIDER_UNAVAILABLE', 'connection reset', { details: { ambiguous: true } });
  const failing = (error: Error) => () => silent(Promise.reject(error));

  it('a coded error in start ends the attempt', async () => {
    host.driver.starting = failing(certain);
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PROVIDER_DENIED');
  });

  it('a coded error in provision ends the attempt and has its target cleaned up', async () => {
    host.driver.provisioning = failing(certain);
    await host.until(await host.submit(), 'failed');
    expect(host.driver.verbs()).toEqual(['provision', 'cleanup']);
  });

  it('in plan begins nothing', async () => {
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
    host.driver.starting = failing(error);
    host.driver.resuming = () => events(ended);
    await host.until(await host.submit(), 'succeeded');
  });

  it('something unforeseen before anything was begun fails the task with its own words', async () => {
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
    host.driver.starting = () => events(event, ended);
    const taskId = await host.submit();
    const { outcome } = await host.until(taskId, 'failed');
    expect(outcome?.error?.code).toMatch(/^AD_(PLUGIN_CONTRACT|PROVIDER_INTERNAL|TASK_ARTIFACT_NOT_FOUND)$/);
    expect(host.driver.verbs()).toEqual(['provision', 'start', 'cancel', 'cleanup']);
    host.driver.starting = () => events(ended);
    await host.until(await host.submit(), 'succeeded');
  });

  it('an end while it provisions: fails', async () => {
    host.driver.provisioning = () => events(ended);
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PLUGIN_CONTRACT');
  });

  it('a later handle that shares a resource which was not planned: stops the task', async () => {
    const shared = { id: 'r', kind: 'machine', scope: 'shared:image' };
    host.driver.provisioning = () => events({ type: 'handle', handle: { version: 1, data: {}, resources: [shared] } });
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PLUGIN_CONTRACT');
    expect(host.driver.verbs()).not.toContain('start');
  });

  it('a planned handle that is none: fails before anything is begun', async () => {
    host.driver.planning = () => ({ version: 1, data: {} }) as never;
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PLUGIN_CONTRACT');
    expect(host.driver.verbs()).toEqual([]);
  });

  it('more artifacts than a record holds: fails, and the host runs on', async () => {
    const artifact = (index: number) => ({
      type: 'artifact',
      artifact: { name: `${'long/'.repeat(190)}${String(index)}`, content: { text: '' } },
    });
    host.driver.starting = () => events(...Array.from({ length: 300 }, (_, index) => artifact(index)), ended);
    expect((await host.until(await host.submit(), 'failed')).outcome?.error?.code).toBe('AD_PLUGIN_CONTRACT');
    expect(host.engine.failure).toBeUndefined();
  });
});
