// A new user's way, command by command, as the README has it: nothing is written by hand.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DispatchErrorJson, GetTaskLogsOutput, GetTaskResultOutput, TaskView } from '@agent-dispatch/schemas';
import { jsonOfCli, runCli, startCli } from './support/cli.js';
import { type Gate, startGate } from './support/gate.js';
import { Place, repository } from './support/place.js';

const TEST_MS = 120_000;
const agent = path.join(repository, 'test/e2e/support/agents/chunk-agent.mjs');

let place: Place;
let gate: Gate;
let agentCommand: string;
beforeEach(async () => {
  place = await Place.make(undefined);
  gate = await startGate(place);
  agentCommand = [process.execPath, agent, gate.url, '2', place.path('starts.txt')]
    .map((word) => `'${word}'`)
    .join(' ');
});
afterEach(() => place.end(), TEST_MS);

describe('a new user without a cloud', () => {
  it(
    'gets from init to a result with an agent on this machine',
    async () => {
      expect(await runCli(place, ['init', '--agent-command', agentCommand])).toMatchObject({ code: 0 });
      expect(await runCli(place, ['doctor'])).toMatchObject({ code: 0 });
      expect(await runCli(place, ['config', 'validate'])).toMatchObject({ code: 0 });

      const run = startCli(place, ['run', 'Look around.', '--wait', '--artifact', '*.txt']);
      gate.open('chunk-1');
      await run.printed('[chunk 1]\n');
      gate.open('chunk-2');
      const stdout = '[chunk 1]\n[chunk 2]\nread 12 bytes\n';
      expect(await run.ended).toMatchObject({ code: 0, stdout });

      const { tasks } = await jsonOfCli<{ tasks: TaskView[] }>(place, ['list']);
      expect(tasks).toMatchObject([{ status: 'succeeded', provider: 'local' }]);
      const id = tasks[0]?.task_id ?? '';
      expect(await runCli(place, ['status', id])).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
      const logs = await jsonOfCli<GetTaskLogsOutput>(place, ['logs', id]);
      expect(logs.entries.map(({ text }) => text).join('')).toBe(stdout);
      const result = await jsonOfCli<GetTaskResultOutput>(place, ['result', id]);
      expect(result).toMatchObject({ result: stdout, artifacts: [{ name: 'report.txt' }] });
    },
    TEST_MS,
  );

  it(
    'is told by doctor, before any task, that the agent is not installed',
    async () => {
      await runCli(place, ['init', '--agent-command', 'no-such-agent -p']);
      const { code, stdout } = await runCli(place, ['doctor']);
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringContaining('no-such-agent is not on the PATH'),
      });
    },
    TEST_MS,
  );

  it(
    'may hand a task over, come back, and cancel it',
    async () => {
      await runCli(place, ['init', '--agent-command', agentCommand]);
      const { code, stdout } = await runCli(place, ['run', 'Look around.']);
      expect(code).toBe(0);
      const id = stdout.trim();
      await gate.reached('chunk-1');
      expect(await jsonOfCli(place, ['status', id])).toMatchObject({ task_id: id, terminal: false });
      expect(await runCli(place, ['cancel', id])).toMatchObject({ code: 0 });
      expect(await runCli(place, ['wait', id])).toMatchObject({ code: 6 });
      expect(await jsonOfCli(place, ['status', id])).toMatchObject({ status: 'cancelled' });
    },
    TEST_MS,
  );

  it(
    'is told what is wrong with a code, on standard error and as JSON',
    async () => {
      const unknown = await runCli(place, ['run', 'Go.', '--runtime', 'nowhere']);
      expect(unknown).toMatchObject({ stdout: '', stderr: expect.stringContaining('AD_ROUTE_UNKNOWN_RUNTIME') });
      expect(unknown.code).toBe(2);
      const { error } = await jsonOfCli<{ error: DispatchErrorJson }>(place, ['run', 'Go.', '--runtime', 'nowhere']);
      expect(error).toMatchObject({ code: 'AD_ROUTE_UNKNOWN_RUNTIME', problems: [{ pointer: '/runtime' }] });
    },
    TEST_MS,
  );
});

describe('a new user with a cloud whose plugin is not there yet', () => {
  it(
    'gets a configuration by the flags that the provider declares, and is told to install it',
    async () => {
      const arn = 'arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/researcher-abcdefghij';
      const flags = ['--region', 'us-west-2', '--runtime-arn', arn, '--protocol', 'http'];
      const { code, stdout } = await runCli(place, ['init', ...flags]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('plugins install') });
      expect(existsSync(place.configFile)).toBe(true);
      expect(JSON.parse(await place.read('agentdispatch.config.json'))).toMatchObject({
        accounts: { aws: { region: 'us-west-2' } },
        runtimes: { aws: { target: { mode: 'session', protocol: 'http', details: { runtimeArn: arn } } } },
      });

      const missing = expect.stringContaining('AD_PLUGIN_NOT_INSTALLED');
      expect(await runCli(place, ['run', 'Go.'])).toMatchObject({ code: 3, stderr: missing });
      const doctor = await runCli(place, ['doctor']);
      expect(doctor).toMatchObject({ code: 1, stdout: missing });
      expect(await runCli(place, ['init', ...flags])).toMatchObject({ code: 3 });
    },
    TEST_MS,
  );
});
