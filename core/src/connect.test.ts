// Front doors and dispatchers as real processes. Needs the built packages, as every front door does.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, dispatcherStatus, stopDispatcher, type ConnectOptions } from './connect.js';
import type { ControlPlane, DispatchOutcome } from './control-plane.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const TIMEOUT_MS = 60_000;

let directory: string;
let options: ConnectOptions;
let open: ControlPlane[];

/** An agent that waits for a line on a named pipe's stand-in: the file it polls for. */
const agent =
  "const fs=require('node:fs');process.stdin.resume();const t=setInterval(()=>{if(fs.existsSync(process.argv[1])){clearInterval(t);console.log('seen');process.exit(0)}},20)";

async function writeConfig(more: Record<string, unknown> = {}): Promise<void> {
  const command = [process.execPath, '-e', agent, path.join(directory, 'go')];
  const runtime = { account: 'here', target: { mode: 'runtime', protocol: 'stdio', details: { command } } };
  const config = { accounts: { here: { provider: 'local' } }, runtimes: { waiting: runtime }, ...more };
  await writeFile(path.join(directory, 'agentdispatch.config.json'), JSON.stringify(config));
}

async function connected(more: Partial<ConnectOptions> = {}): Promise<ControlPlane> {
  const controlPlane = await connect({ ...options, ...more });
  open.push(controlPlane);
  return controlPlane;
}

const taskIdOf = (outcome: DispatchOutcome): string => {
  if (!('task_id' in outcome)) throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.task_id;
};

const pid = async (): Promise<number> => (await dispatcherStatus(options))?.pid ?? 0;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'connect-'));
  open = [];
  options = {
    configPath: path.join(directory, 'agentdispatch.config.json'),
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory },
    bundledPlugins: [path.join(repository, 'plugins', 'provider-local')],
    clientName: 'test',
  };
  await writeConfig();
});

afterEach(async () => {
  await writeFile(path.join(directory, 'go'), '');
  for (const controlPlane of open) await controlPlane.close();
  await writeConfig();
  await stopDispatcher(options);
  await rm(directory, { recursive: true, force: true });
});

describe('a front door', () => {
  it(
    'shares one dispatcher with others that come at the same time',
    async () => {
      await Promise.all([1, 2, 3, 4].map(() => connected()));
      const epochs = (await readdir(path.join(directory, '.agentdispatch'))).filter((name) =>
        name.startsWith('epoch.'),
      );
      expect(epochs).toEqual(['epoch.1']);
      expect(await dispatcherStatus(options)).toMatchObject({ clients: 4 });
    },
    TIMEOUT_MS,
  );

  it(
    'finds its task again, done once, after the dispatcher was killed',
    async () => {
      const controlPlane = await connected();
      const taskId = taskIdOf(await controlPlane.spawn({ instruction: 'wait' }));
      const first = await pid();
      process.kill(first, 'SIGKILL');
      await writeFile(path.join(directory, 'go'), '');
      const waited = await controlPlane
        .wait({ task_ids: [taskId], timeout_seconds: 30 })
        .catch(() => controlPlane.wait({ task_ids: [taskId], timeout_seconds: 30 }));
      expect(waited.done[0]).toMatchObject({ status: 'succeeded', result: 'seen\n', attempt: 1 });
      expect(await pid()).not.toBe(first);
      const sockets = (await readdir(path.join(directory, '.agentdispatch'))).filter((name) => name.endsWith('.sock'));
      expect(sockets).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'replaces an idle dispatcher that holds another configuration',
    async () => {
      const before = await connected();
      const first = await pid();
      await writeConfig({ limits: { maxConcurrent: 7 } });
      await connected();
      expect(await pid()).not.toBe(first);
      // Who was connected to the old one goes on with the new one and the configuration as it is now.
      expect(await before.list({})).toEqual({ tasks: [] });
    },
    TIMEOUT_MS,
  );

  it(
    'may look and cancel, but not start, while a dispatcher with another configuration is at work',
    async () => {
      const taskId = taskIdOf(await (await connected()).spawn({ instruction: 'wait' }));
      const first = await pid();
      await writeConfig({ limits: { maxConcurrent: 7 } });
      const late = await connected();
      await expect(late.spawn({ instruction: 'another' })).rejects.toMatchObject({
        code: 'AD_DISPATCHER_INCOMPATIBLE',
      });
      expect(await late.get({ task_id: taskId })).toMatchObject({ task_id: taskId });
      expect(await pid()).toBe(first);
      await late.cancel({ task_id: taskId });
      const { done } = await late.wait({ task_ids: [taskId], timeout_seconds: 30 });
      expect(done[0]).toMatchObject({ status: 'cancelled' });
    },
    TIMEOUT_MS,
  );

  it(
    'gives its own environment only as far as the configuration refers to it',
    async () => {
      const print = [
        process.execPath,
        '-e',
        'process.stdin.resume();console.log(process.env.WANTED, process.env.OTHER)',
      ];
      const runtime = {
        account: 'here',
        target: { mode: 'runtime', protocol: 'stdio', details: { command: print } },
        secrets: { WANTED: { source: 'environment', name: 'SOURCE_OF_WANTED' } },
      };
      await writeConfig({ runtimes: { printing: runtime } });
      const poor = await connected();
      await expect(poor.check({ runtime: 'printing' })).resolves.toMatchObject({ ok: false });
      const value = ['a', 'value', 'nobody', 'prints'].join('-');
      const rich = await connected({ env: { ...options.env, SOURCE_OF_WANTED: value, OTHER: 'other' } });
      const taskId = taskIdOf(await rich.spawn({ instruction: 'print' }));
      const { done } = await rich.wait({ task_ids: [taskId], timeout_seconds: 30 });
      // The agent had the value; what it printed is redacted on its way into the store.
      expect(done[0]).toMatchObject({ status: 'succeeded', result: '[redacted:known-value] undefined\n' });
    },
    TIMEOUT_MS,
  );

  it(
    'finds its task again after a dispatcher that was paused is stopped by force',
    async () => {
      const controlPlane = await connected();
      const taskId = taskIdOf(await controlPlane.spawn({ instruction: 'wait' }));
      process.kill(await pid(), 'SIGSTOP');
      expect(await stopDispatcher(options, true)).toBe(true);
      await writeFile(path.join(directory, 'go'), '');
      const { done } = await (await connected()).wait({ task_ids: [taskId], timeout_seconds: 30 });
      expect(done[0]).toMatchObject({ status: 'succeeded', result: 'seen\n', attempt: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'is told that a live dispatcher holds the directory when it wants to host the engine itself',
    async () => {
      await connected();
      await expect(connected({ engine: 'inline' })).rejects.toMatchObject({ code: 'AD_DISPATCHER_HELD' });
    },
    TIMEOUT_MS,
  );

  it(
    'hosts the engine itself where nobody does',
    async () => {
      const controlPlane = await connected({ engine: 'inline' });
      const taskId = taskIdOf(await controlPlane.spawn({ instruction: 'wait' }));
      await writeFile(path.join(directory, 'go'), '');
      const { done } = await controlPlane.wait({ task_ids: [taskId], timeout_seconds: 30 });
      expect(done[0]).toMatchObject({ status: 'succeeded' });
      await expect(connected()).rejects.toMatchObject({ code: 'AD_DISPATCHER_HELD' });
    },
    TIMEOUT_MS,
  );
});
