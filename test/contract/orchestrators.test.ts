// The page on orchestrators shows programs that run: they are cut out of it and run as they stand, beside an agent of this
// machine that asks when it is told to.
import { readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { Place, repository } from '../e2e/support/place.js';

const TEST_MS = 120_000;
const PAGE = path.join(repository, 'core/docs/orchestrators.md');

/** Speaks the worker's line protocol. */
const AGENT = `
import { createInterface } from 'node:readline';
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
const print = (event) => process.stdout.write(JSON.stringify(event) + '\\n');
let text = 'Nothing is on fire.';
if ((await next()).includes('Ask which quarter')) {
  print({ type: 'input_required', request: { requestId: 'which', question: 'Which quarter?' } });
  text = JSON.parse(await next()).text;
}
print({ type: 'ended', outcome: 'succeeded', result: { text } });
process.stdin.destroy();
`;

/** Programs of the page by the name in their first line. */
const programs = new Map(
  [...readFileSync(PAGE, 'utf8').matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```/gms)].map(([, name = '', code = '']) => [
    name,
    code,
  ]),
);

let place: Place;
beforeEach(async () => {
  place = await Place.make(undefined);
  const agent = await place.write('agent.mjs', AGENT);
  const details = { command: [process.execPath, agent], output: 'events' };
  await place.configure({
    accounts: { here: { provider: 'local' } },
    runtimes: { agent: { account: 'here', target: { mode: 'runtime', protocol: 'http', details } } },
    defaults: { runtime: 'agent' },
  });
  await symlink(path.join(repository, 'node_modules'), place.path('node_modules'));
  await symlink(path.join(repository, 'cli/bin/agentdispatch.js'), place.path('bin/agentdispatch'));
});
afterEach(() => place.end(), TEST_MS);

async function run(name: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = await place.write(name, programs.get(name) ?? '');
  const child = spawn(process.execPath, [program, ...args], { cwd: place.root, env: place.env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => void child.once('close', resolve));
  return { code, output };
}

describe('the page on orchestrators', () => {
  it('has two programs', () => {
    expect([...programs.keys()]).toEqual(['over-mcp.mjs', 'in-process.mjs']);
  });

  it(
    'shows one over MCP that follows many tasks, answers what they ask, and repeats no work when it starts anew',
    async () => {
      const tasks = ['Summarise the issues.', 'Ask which quarter, then summarise it.'];
      const first = await run('over-mcp.mjs', ...tasks);
      expect(first).toMatchObject({ code: 0 });
      const lines = ['succeeded Nothing is on fire.', 'succeeded You ask: Which quarter?'];
      expect(first.output.trim().split('\n').sort()).toEqual(lines);
      const again = await run('over-mcp.mjs', ...tasks);
      expect(again.output.trim().split('\n').sort()).toEqual(lines);
      expect(readFileSync(PAGE, 'utf8')).toContain(lines.join('\n'));
    },
    TEST_MS,
  );

  it(
    'shows one in process that does the same, and tells what is wrong by code and hint',
    async () => {
      expect(await run('in-process.mjs', 'Ask which quarter.')).toEqual({
        code: 0,
        output: 'succeeded You ask: Which quarter?\n',
      });
      const refused = await run('in-process.mjs', `Push with ghp_${'0aB1'.repeat(9)}.`);
      expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/^AD_POLICY_\w+: [^\n]+\n$/) });
      const unclear = await run('in-process.mjs', '');
      expect(unclear).toMatchObject({ code: 1, output: expect.stringContaining('What should the agent do?') });
    },
    TEST_MS,
  );
});
