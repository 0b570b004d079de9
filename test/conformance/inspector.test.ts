// The MCP inspector's command line against the server as it is shipped, over stdio, in both eras; needs a build.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tools } from '@agent-dispatch/schemas/tools';
import type { WaitTaskOutput } from '@agent-dispatch/schemas';
import { type LocalPlace, makeLocalPlace, openAll } from '../e2e/support/local.js';
import { mcpProgram } from '../e2e/support/mcp.js';
import { noNewerNode } from './support/newer-node.js';
import { runTool, type ToolRun } from './support/run-tool.js';

const TEST_MS = 120_000;
const INSPECTOR = '@modelcontextprotocol/inspector/clients/launcher/build/index.js';

let local: LocalPlace;
beforeAll(async () => {
  local = await makeLocalPlace();
  openAll(local.gate);
});
afterAll(() => local?.place.end(), TEST_MS);

/** The server finds the configuration in its working directory: `--config` would be the inspector's own. */
function inspect(era: string, ...args: string[]): Promise<ToolRun> {
  const { root, env } = local.place;
  const server = ['--cwd', root, ...Object.entries(env).flatMap((entry) => ['-e', entry.join('=')])];
  const command = ['--cli', ...server, process.execPath, mcpProgram];
  return runTool(INSPECTOR, [...command, '--protocol-era', era, '--format', 'json', '--quiet', ...args], {
    cwd: root,
    env,
  });
}

async function call(era: string, tool: string, input: object): Promise<Record<string, unknown>> {
  const args = ['--method', 'tools/call', '--tool-name', tool, '--tool-args-json', JSON.stringify(input)];
  const { code, stdout, stderr } = await inspect(era, ...args);
  if (code !== 0) throw new Error(`the inspector ended with ${String(code)}: ${stdout}${stderr}`);
  const { result } = JSON.parse(stdout) as { result: { structuredContent: Record<string, unknown> } };
  return result.structuredContent;
}

const where = noNewerNode === undefined ? describe : describe.skip;
where.each(['legacy', 'modern'])(`the inspector${noNewerNode ? ` (${noNewerNode})` : ''}, %s era`, (era) => {
  it(
    'finds the tools whole, and their schemas portable',
    async () => {
      const { code, stdout, stderr } = await inspect(era, '--method', 'tools/list', '--strict');
      expect(stderr).toMatch(/0 errors/);
      expect(code).toBe(0);
      const { result } = JSON.parse(stdout) as { result: { tools: { name: string }[] } };
      expect(result.tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    },
    TEST_MS,
  );

  it(
    'hands a task over in one process and waits for it in another',
    async () => {
      const task = await call(era, 'spawn_cloud_agent', { instruction: 'Go.' });
      const ids = [task['task_id']];
      const waited = (await call(era, 'wait_task', {
        task_ids: ids,
        timeout_seconds: 45,
      })) as unknown as WaitTaskOutput;
      expect(waited).toMatchObject({ timed_out: false, done: [{ task_id: ids[0], status: 'succeeded' }] });
    },
    TEST_MS,
  );

  it(
    'is told of a refused call by an exit code of its own, and of the reason',
    async () => {
      const args = ['--method', 'tools/call', '--tool-name', 'get_task_status', '--tool-arg', 'task_id=task_none'];
      const { code, stdout, stderr } = await inspect(era, ...args);
      expect(code).toBe(5);
      expect(stdout + stderr).toContain('AD_TASK_NOT_FOUND');
    },
    TEST_MS,
  );
});
