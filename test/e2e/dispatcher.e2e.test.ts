// The dispatcher as a user handles it: run, status, stop, and hosting the engine elsewhere.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CliEnd, jsonOfCli, runCli, startCli } from './support/cli.js';
import { type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { dispatcherOf, processesWith } from './support/processes.js';

const TEST_MS = 120_000;
/** Of errors that the operator has to settle. */
const OPERATOR = 3;

let local: LocalPlace;
beforeEach(async () => {
  local = await makeLocalPlace();
});
afterEach(() => local.place.end(), TEST_MS);

const cli = (...args: string[]): Promise<CliEnd> => runCli(local.place, args);
const status = (): Promise<Record<string, unknown>> => jsonOfCli(local.place, ['dispatcher', 'status']);

describe('agentdispatch dispatcher', () => {
  it(
    'runs in the foreground, alone, until it is told to stop',
    async () => {
      expect(await cli('dispatcher', 'status')).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('No dispatcher runs'),
      });
      const foreground = startCli(local.place, ['dispatcher', 'run', '--foreground']);
      while ((await status())['running'] !== true);
      const run = await cli('run', 'Use the one that runs.');
      expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining('AD_') });
      expect(await status()).toMatchObject({ running: true, openTasks: 1 });
      // No second process was started.
      expect(await processesWith('dispatcher-process.js --state-dir ' + local.place.path('.agentdispatch'))).toEqual(
        [],
      );

      for (const refused of [
        ['dispatcher', 'run', '--foreground'],
        ['run', 'Host it here.', '--engine', 'inline'],
      ]) {
        const { code, stderr } = await cli(...refused);
        expect({ refused, code, stderr }).toEqual({
          refused,
          code: OPERATOR,
          stderr: expect.stringContaining('AD_DISPATCHER_HELD'),
        });
      }

      expect(await cli('dispatcher', 'stop')).toMatchObject({ code: 0, stdout: 'Stopped.\n' });
      expect(await foreground.ended).toMatchObject({ code: 0 });
      expect(await status()).toEqual({ running: false });
      expect(await cli('dispatcher', 'stop')).toMatchObject({ code: 0, stdout: 'No dispatcher runs.\n' });
      openAll(local.gate);
      const taskId = run.stdout.trim();
      expect(await cli('wait', taskId)).toMatchObject({ code: 0 });
      expect(local.starts()).toBe(1);
    },
    TEST_MS,
  );

  it(
    'is stopped by force when it is paused',
    async () => {
      await cli('list');
      const { pid } = await dispatcherOf(local.place.path('bin'));
      process.kill(pid, 'SIGSTOP');
      expect(await cli('dispatcher', 'stop', '--force')).toMatchObject({ code: 0, stdout: 'Stopped.\n' });
      expect(await cli('dispatcher', 'stop', '--force')).toMatchObject({ code: 0, stdout: 'No dispatcher runs.\n' });
      expect(await cli('list')).toMatchObject({ code: 0 });
    },
    TEST_MS,
  );

  it(
    'is not needed by a command that hosts the engine itself',
    async () => {
      openAll(local.gate);
      const { code, stdout } = await cli('run', 'Alone.', '--engine', 'inline', '--wait');
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('[chunk 10]') });
      expect(await status()).toEqual({ running: false });
    },
    TEST_MS,
  );
});
