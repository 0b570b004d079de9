// Spans as an operator's collector gets them: a real SDK in a real dispatcher, set up by the configuration and OTEL_* alone.
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CheckCloudAgentRuntimeOutput, Config, TaskView } from '@agent-dispatch/schemas';
import { jsonOfCli, runCli, startCli } from './support/cli.js';
import { attributesOf, startCollector, type Collector } from './support/collector.js';
import { chunkPoint, chunkText, makeLocalPlace, openAll, type LocalPlace } from './support/local.js';
import { startMcp, type McpSession } from './support/mcp.js';
import { repository } from './support/place.js';
import { dispatcherOf } from './support/processes.js';

const TEST_MS = 120_000;
const register = path.join(repository, 'test/e2e/support/register-telemetry.mjs');
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER_ID = '00f067aa0ba902b7';
const _meta = { traceparent: `00-${TRACE_ID}-${CALLER_ID}-01`, tracestate: 'v=1' };
const KEY = 'collector-key-7f3a';

let local: LocalPlace;
let collector: Collector;
afterEach(() => local.place.end(), TEST_MS);

const environment = (): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${KEY}`,
});

async function place(telemetry: Config['telemetry'] = { register }, silent = false): Promise<void> {
  local = await makeLocalPlace({ more: { telemetry } });
  collector = await startCollector(local.place, { silent });
}

const echo = (text: string): object => ({
  provider: 'local',
  account_profile: 'here',
  capability: 'agent-runtime',
  task_type: 'command.run',
  target: { mode: 'runtime', protocol: 'stdio' },
  input: { command: `echo "${text}"`, shell: true },
  wait_seconds: 50,
});

/** As a client that makes spans itself. */
async function traced(mcp: McpSession, name: string, args: object): Promise<TaskView> {
  const answer = await mcp.client.callTool({ name, arguments: { ...args }, _meta });
  return answer.structuredContent as TaskView;
}

describe('a dispatcher whose configuration names what registers an SDK', () => {
  beforeEach(() => place());

  it(
    'sends the spans of a task, which hang under the caller, and the agent under them',
    async () => {
      const mcp = await startMcp(local.place, { env: environment() });
      const { task_id, status } = await traced(
        mcp,
        'dispatch_task',
        echo('nobody reads this $TRACEPARENT $TRACESTATE'),
      );
      expect(status).toBe('succeeded');
      await collector.span('agentdispatch.cleanup');
      await collector.span('agentdispatch.task');
      const accepted = await collector.span('agentdispatch.accept');
      expect(accepted).toMatchObject({ traceId: TRACE_ID, parentSpanId: CALLER_ID, kind: 4 });
      const below = collector.spans.filter((span) => span !== accepted);
      expect(below.map(({ name }) => name).sort()).toEqual([
        'agentdispatch.cleanup',
        'agentdispatch.provision',
        'agentdispatch.start',
        'agentdispatch.task',
      ]);
      for (const span of below) {
        expect(span).toMatchObject({ traceId: TRACE_ID, parentSpanId: accepted.spanId, status: { code: 0 } });
        expect(attributesOf(span)).toMatchObject({
          'agentdispatch.task.id': task_id,
          'agentdispatch.provider': 'local',
          'agentdispatch.driver': 'process',
          'agentdispatch.account': 'here',
          'agentdispatch.attempt': 1,
        });
      }
      const given = `00-${TRACE_ID}-${accepted.spanId}-01 v=1`;
      expect(await mcp.logs(task_id)).toBe(`nobody reads this ${given}\n`);

      expect(collector.headers).toContainEqual(expect.objectContaining({ 'x-api-key': KEY }));
      expect(collector.bodies.join('')).not.toContain('nobody reads this');
      expect(await local.place.read('.agentdispatch/dispatcher.log')).not.toContain(KEY);
    },
    TEST_MS,
  );

  it(
    'tells a failure by its code, and sends what is left when it ends',
    async () => {
      const { place: here } = local;
      const args = ['run', '--wait', '--command', '--', 'sh', '-c', 'exit 3'];
      expect((await runCli(here, args, { env: environment() })).code).toBe(6);
      await here.stopDispatcher();
      const whole = await collector.span('agentdispatch.task');
      expect(whole).toMatchObject({ status: { code: 2 } });
      expect(whole.status.message).toBeUndefined();
      expect(attributesOf(whole)).toMatchObject({
        'agentdispatch.outcome': 'failed',
        'error.type': 'AD_TASK_FAILED',
      });
    },
    TEST_MS,
  );

  it(
    'and that is killed leaves its task in the same trace, under the same span, to the next',
    async () => {
      const mcp = await startMcp(local.place, { env: environment() });
      const { task_id } = await traced(mcp, 'spawn_cloud_agent', { instruction: 'Do it once.' });
      local.gate.open(chunkPoint(1));
      await mcp.logsWith(task_id, chunkText(1));
      const accepted = await collector.span('agentdispatch.accept');
      await collector.span('agentdispatch.provision');

      const first = await dispatcherOf(local.place.path('bin'));
      process.kill(first.pid, 'SIGKILL');
      openAll(local.gate, 2);
      expect(await mcp.ended(task_id)).toMatchObject({ status: 'succeeded', attempt: 1 });
      expect((await dispatcherOf(local.place.path('bin'))).pid).not.toBe(first.pid);
      // One that is stopped before leaves it to the next.
      await collector.span('agentdispatch.cleanup');
      await local.place.stopDispatcher();

      // The call that was under way when it was killed is in no span; whoever followed the work then is.
      const own = ['accept', 'provision', 'resume', 'cleanup'].map((name) => `agentdispatch.${name}`);
      const names = [...own, 'invoke_agent agent'].sort();
      // The last of them are sent after the state directory was given up.
      for (const name of names) await collector.span(name);
      expect(collector.spans.map(({ name }) => name).sort()).toEqual(names);
      for (const span of collector.spans) expect(span.traceId).toBe(TRACE_ID);
      const below = collector.spans.filter((span) => span !== accepted);
      for (const span of below) expect(span.parentSpanId).toBe(accepted.spanId);
      const whole = await collector.span('invoke_agent agent');
      expect(BigInt(whole.startTimeUnixNano)).toBeLessThanOrEqual(BigInt(accepted.endTimeUnixNano));
      const last = below.find(({ name }) => name === 'agentdispatch.resume');
      expect(BigInt(whole.endTimeUnixNano)).toBeGreaterThan(BigInt(last?.startTimeUnixNano ?? 0));
      expect(attributesOf(whole)).toMatchObject({
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'agent',
        'agentdispatch.task.id': task_id,
        'agentdispatch.outcome': 'succeeded',
      });
    },
    TEST_MS,
  );
});

describe('telemetry that does not work', () => {
  it(
    'for want of an answer keeps no task from being done, and no dispatcher from ending',
    async () => {
      await place({ register }, true);
      const mcp = await startMcp(local.place, { env: environment() });
      expect(await traced(mcp, 'dispatch_task', echo('done'))).toMatchObject({ status: 'succeeded' });
      await mcp.close();
      expect(await local.place.stopDispatcher()).toBe(true);
    },
    TEST_MS,
  );

  it(
    'for want of a module is found by validate and doctor, with its place; tasks run, in the trace of the caller',
    async () => {
      await place({ register: 'sdk/setup' });
      const { place: here } = local;
      const { code, stderr } = await runCli(here, ['config', 'validate']);
      expect([code, stderr]).toEqual([3, expect.stringContaining('AD_CONFIG_TELEMETRY')]);
      expect(stderr).toMatch(/agentdispatch\.config\.json:\d+.*\/telemetry\/register/s);

      const { ok, checks } = await jsonOfCli<Pick<CheckCloudAgentRuntimeOutput, 'ok' | 'checks'>>(here, ['doctor']);
      const found = checks.filter(({ status }) => status !== 'pass');
      expect([ok, found.map(({ name, status }) => [name, status])]).toEqual([
        false,
        [
          ['telemetry', 'fail'],
          ['runtime agent: telemetry', 'warn'],
        ],
      ]);

      const mcp = await startMcp(here);
      const { task_id } = await traced(mcp, 'dispatch_task', echo('$TRACEPARENT'));
      expect(await mcp.logs(task_id)).toBe(`${_meta.traceparent}\n`);
    },
    TEST_MS,
  );

  it.each([
    ['that the package offers to import alone', 'sdk/esm', 'write a file that imports what it offers'],
    ['that the package does not offer', 'sdk/inner', 'not defined by "exports"'],
    ['in a folder that Node searches for everybody', 'lies-around', 'is not installed beside'],
  ])(
    'for a module %s is refused',
    async (_, named, message) => {
      await place({ register: named });
      const { place: here } = local;
      const exported = { exports: { './esm': { import: './e.mjs' } } };
      await here.write('node_modules/sdk/package.json', JSON.stringify(exported));
      await here.write('node_modules/sdk/e.mjs', '');
      await here.write('global/lies-around/index.js', '');
      const env = { NODE_PATH: here.path('global') };
      const { code, stderr } = await runCli(here, ['config', 'validate'], { env });
      expect([code, stderr]).toEqual([3, expect.stringContaining(message)]);
    },
    TEST_MS,
  );
});

describe('a dispatcher', () => {
  const loaded = async (): Promise<string[]> => {
    const { place: here } = local;
    const env = {
      ...environment(),
      NODE_OPTIONS: `--import ${path.join(repository, 'test/e2e/support/list-loaded.mjs')}`,
      LOADED_FILE: here.path('loaded.txt'),
    };
    const dispatcher = startCli(here, ['dispatcher', 'run', '--foreground'], { env });
    while (!(await jsonOfCli<{ running: boolean }>(here, ['dispatcher', 'status'])).running);
    expect((await runCli(here, ['run', '--wait', '--command', '--', 'true'])).code).toBe(0);
    await here.stopDispatcher();
    expect((await dispatcher.ended).code).toBe(0);
    const all = (await here.read('loaded.txt')).split('\n');
    return all.filter((file) => file.includes(path.join('node_modules', '@opentelemetry')));
  };

  it(
    'that is to make spans loads OpenTelemetry',
    async () => {
      await place();
      expect(await loaded()).toContainEqual(expect.stringContaining(path.join('@opentelemetry', 'api')));
    },
    TEST_MS,
  );

  it(
    'that is not loads nothing of it, whatever OTEL_* says',
    async () => {
      local = await makeLocalPlace();
      collector = await startCollector(local.place);
      expect(await loaded()).toEqual([]);
      expect(collector.headers).toEqual([]);
    },
    TEST_MS,
  );
});
