// The main job through the cloud provider, against a fake of the service's network side: everything else is as shipped.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GetTaskLogsOutput, GetTaskResultOutput, TaskView } from '@agent-dispatch/schemas';
import { gatedScript, type GatedScript } from '../fakes/agentcore/index.js';
import { AMBIENT, type AwsPlace, makeAwsPlace } from './support/aws.js';
import { jsonOfCli, runCli, startCli } from './support/cli.js';
import { startMcp } from './support/mcp.js';
import { dispatcherOf } from './support/processes.js';

const TEST_MS = 60_000;
const chunks = Array.from({ length: 10 }, (_, index) => `[chunk ${String(index + 1)}]`);
const RESULT = { pages: 3 };

let aws: AwsPlace;
let script: GatedScript;
beforeEach(async () => {
  script = gatedScript([...chunks.map((text) => ({ text })), { result: RESULT }]);
  aws = await makeAwsPlace(script.agent);
});
afterEach(() => aws.place.end(), TEST_MS);

const stops = (): number => aws.fake.log.requests({ operation: 'StopRuntimeSession', outcome: 'answered' }).length;

describe('a task in a session of the cloud', () => {
  it(
    'handed over through MCP shows each chunk before the next is sent, and brings the result back',
    async () => {
      const mcp = await startMcp(aws.place, { env: AMBIENT });
      const { task_id: id } = await mcp.spawn({ instruction: 'Research.', context: { depth: 2 } });
      for (const chunk of chunks) {
        expect(await mcp.logs(id)).not.toContain(chunk);
        script.release();
        await mcp.logsWith(id, chunk);
      }
      script.release();
      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded', provider: 'aws', protocol: 'http' });
      expect(await mcp.call('get_task_result', { task_id: id })).toMatchObject({ result: RESULT });
      expect(await mcp.logs(id)).toContain(chunks.join(''));

      const [execution] = aws.fake.log.executions();
      const sent: unknown = JSON.parse(Buffer.from(execution?.payload ?? []).toString());
      expect(sent).toEqual({ prompt: 'Research.', context: { depth: 2 }, taskId: id, attempt: 1 });
      await aws.fake.when(() => aws.fake.sessions().every(({ state }) => state === 'stopped'));
      expect(aws.fake.sessions()).toMatchObject([{ executions: 1, stops: 1 }]);
    },
    TEST_MS,
  );

  it(
    'handed over on the command line prints each chunk before the next is sent, and brings the result back',
    async () => {
      const run = startCli(aws.place, ['run', 'Research.', '--wait'], { env: AMBIENT });
      let taskId: string | undefined;
      for (const chunk of chunks) {
        script.release();
        await run.printed(chunk);
        taskId ??= (await jsonOfCli<{ tasks: TaskView[] }>(aws.place, ['list'])).tasks[0]?.task_id;
        const logs = await jsonOfCli<GetTaskLogsOutput>(aws.place, ['logs', taskId ?? '']);
        expect(logs.entries.map(({ text }) => text).join('')).toContain(chunk);
      }
      script.release();
      expect(await run.ended).toMatchObject({ code: 0, stdout: expect.stringContaining(chunks.join('')) as unknown });

      const result = await jsonOfCli<GetTaskResultOutput>(aws.place, ['result', taskId ?? '']);
      expect(result).toMatchObject({ status: 'succeeded', result: RESULT });
      expect(await runCli(aws.place, ['status', taskId ?? ''])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('succeeded') as unknown,
      });
      expect(aws.fake.sessions()).toMatchObject([{ executions: 1 }]);
    },
    TEST_MS,
  );

  it(
    'is stopped in the cloud when it is cancelled',
    async () => {
      const mcp = await startMcp(aws.place, { env: AMBIENT });
      const { task_id: id } = await mcp.spawn({ instruction: 'Never mind.' });
      script.release();
      await mcp.logsWith(id, '[chunk 1]');
      expect(aws.fake.sessions()).toMatchObject([{ state: 'alive' }]);
      await mcp.call('cancel_task', { task_id: id });
      expect(await mcp.ended(id)).toMatchObject({ status: 'cancelled', cancel_level: 'stopped' });
      expect(aws.fake.sessions()).toMatchObject([{ state: 'stopped', executions: 1, stops: 1 }]);
      expect(stops()).toBeGreaterThanOrEqual(1);
    },
    TEST_MS,
  );

  it(
    'ends lost when the dispatcher is killed in mid-stream: it is not sent again, and its session is stopped',
    async () => {
      const mcp = await startMcp(aws.place, { env: AMBIENT });
      const { task_id: id } = await mcp.spawn({ instruction: 'Be careful.' });
      script.release();
      await mcp.logsWith(id, '[chunk 1]');
      process.kill((await dispatcherOf(aws.place.path('bin'))).pid, 'SIGKILL');

      // A call that changes nothing reaches the next dispatcher by itself.
      await mcp.call('get_task_status', { task_id: id });
      expect(await mcp.ended(id)).toMatchObject({ status: 'lost', error: { code: 'AD_TASK_OUTCOME_UNKNOWN' } });
      await aws.fake.when(() => aws.fake.sessions().every(({ state }) => state === 'stopped'));
      expect(aws.fake.log.executions()).toHaveLength(1);
      expect(await mcp.logs(id)).toContain('[chunk 1]');
    },
    TEST_MS,
  );
});
