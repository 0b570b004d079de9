// What is wrong with a call gets a coded error: where it is, why, and what to do; nothing is started and nothing lost.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { type McpSession, startMcp } from './support/mcp.js';
import { driverCode, writePlugin } from './support/plugins.js';

const TEST_MS = 120_000;

/** Has the shape of a token and is none. */
const SECRET = ['ghp', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0xL2nR6'].join('_');

let local: LocalPlace;
let mcp: McpSession;

beforeAll(async () => {
  local = await makeLocalPlace({
    more: { plugins: ['./plugins/provider-acme'], accounts: { acme: { provider: 'acme' } } },
  });
  await writePlugin(local.place, { provider: 'acme', code: driverCode('') });
  mcp = await startMcp(local.place);
}, TEST_MS);
afterAll(() => local.place.end(), TEST_MS);

interface Refused {
  name: string;
  tool?: string;
  args: Record<string, unknown>;
  code: string;
  pointers?: string[];
  says?: string;
}

const exact = {
  provider: 'local',
  account_profile: 'here',
  capability: 'agent-runtime',
  task_type: 'command.run',
  target: { mode: 'runtime', protocol: 'stdio' },
  input: { command: ['true'] },
};

const refused: Refused[] = [
  {
    name: 'an argument that the tool does not have',
    args: { instruction: 'Go.', instructions: 'Go.' },
    code: 'AD_INPUT_INVALID',
    pointers: ['/instructions'],
    says: 'did you mean',
  },
  {
    name: 'an unknown runtime',
    args: { instruction: 'Go.', runtime: 'agnt' },
    code: 'AD_ROUTE_UNKNOWN_RUNTIME',
    pointers: ['/runtime'],
    says: 'agent',
  },
  {
    name: 'an unknown account profile',
    args: { instruction: 'Go.', account_profile: 'nowhere' },
    code: 'AD_ROUTE_UNKNOWN_ACCOUNT',
    pointers: ['/account_profile'],
  },
  {
    name: 'an account of another provider',
    args: { instruction: 'Go.', account_profile: 'acme' },
    code: 'AD_ROUTE_ACCOUNT_MISMATCH',
    pointers: ['/account_profile'],
    says: 'acme',
  },
  {
    name: 'an account of another provider, on an exact target',
    tool: 'dispatch_task',
    args: { ...exact, account_profile: 'acme' },
    code: 'AD_ROUTE_ACCOUNT_MISMATCH',
    pointers: ['/provider'],
  },
  {
    name: 'a target mode that the provider does not offer',
    tool: 'dispatch_task',
    args: { ...exact, target: { mode: 'service', protocol: 'stdio' } },
    code: 'AD_ROUTE_NO_MATCH',
    pointers: ['/target/mode'],
    says: '"rejected"',
  },
  {
    name: 'a protocol over which the provider runs no commands',
    tool: 'dispatch_task',
    args: { ...exact, target: { mode: 'runtime', protocol: 'a2a' } },
    code: 'AD_ROUTE_NO_MATCH',
    pointers: ['/task_type'],
    says: '"rejected"',
  },
  {
    name: 'a part that the driver does not declare',
    args: { instruction: 'Go.', framework: 'strands', model: 'large' },
    code: 'AD_INPUT_UNSUPPORTED',
    pointers: ['/framework', '/model'],
  },
  {
    name: 'a target detail that the manifest does not have',
    args: { instruction: 'Go.', target_details: { comand: 'x' } },
    code: 'AD_PROVIDER_TARGET_INVALID',
    pointers: ['/target_details/comand'],
    says: 'did you mean',
  },
  {
    name: 'a credential in the instruction',
    args: { instruction: `Clone with ${SECRET} please.` },
    code: 'AD_POLICY_CREDENTIALS',
    pointers: ['/instruction'],
  },
  {
    name: 'credentials in context and labels',
    args: { instruction: 'Go.', context: { git: { token: SECRET } }, labels: { owner: SECRET } },
    code: 'AD_POLICY_CREDENTIALS',
    pointers: ['/context/git/token', '/labels/owner'],
  },
  {
    name: 'a credential in the environment of a command',
    tool: 'dispatch_task',
    args: { ...exact, input: { command: ['true'], environment: { DB_PASSWORD: 'correct-horse-battery' } } },
    code: 'AD_POLICY_CREDENTIALS',
    pointers: ['/input/environment/DB_PASSWORD'],
  },
  {
    name: 'a task that there is not',
    tool: 'get_task_status',
    args: { task_id: 'task_01m8000000aaaaaaaaaaaaaaaa' },
    code: 'AD_TASK_NOT_FOUND',
    pointers: ['/task_id'],
    says: 'list_tasks',
  },
];

describe('a call with bad input', () => {
  it.each(refused)(
    'is refused for $name, and nothing is started',
    async ({ tool = 'spawn_cloud_agent', args, code, pointers = [], says = '' }) => {
      const error = await mcp.refusal(tool, args);
      expect(error).toMatchObject({ code, fault: 'caller', retryable: false });
      expect(error.hint).not.toBe('');
      const places = [...new Set((error.problems ?? []).map(({ pointer }) => pointer))];
      expect(places.sort()).toEqual([...pointers].sort());
      expect(JSON.stringify(error)).toContain(says.startsWith('"') ? says : JSON.stringify(says).slice(1, -1));
      expect(JSON.stringify(error)).not.toContain(SECRET);
      expect((await mcp.call('list_tasks')).tasks).toEqual([]);
    },
    TEST_MS,
  );
});

describe('a call without an instruction', () => {
  it(
    'is asked for it, starts nothing, and works once it is answered',
    async () => {
      const asked = await mcp.asked({ labels: { team: 'blue' } });
      expect(asked).toMatchObject({
        status: 'needs_clarification',
        questions: [{ id: 'instruction', pointer: '/instruction' }],
        retry_tool: 'spawn_cloud_agent',
        retry_arguments: { labels: { team: 'blue' } },
      });
      expect((await mcp.call('list_tasks')).tasks).toEqual([]);

      openAll(local.gate);
      const task = await mcp.spawn({ ...asked.retry_arguments, instruction: 'Now you know.' });
      expect(await mcp.ended(task.task_id)).toMatchObject({ status: 'succeeded', labels: { team: 'blue' } });
    },
    TEST_MS,
  );
});
