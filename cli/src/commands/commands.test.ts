// The built program against a dispatcher of its own, on the provider that comes with it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { outcome, Workplace, type Ran } from '../testdata/program.js';

let workplace: Workplace;
beforeAll(async () => {
  workplace = await Workplace.create();
  await workplace.run(['init']);
});
afterAll(async () => await workplace.close());

const run = (...args: string[]): Promise<Ran> => workplace.run(args);
const json = async (...args: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await run(...args, '--json')).stdout) as Record<string, unknown>;
const node = (script: string): string[] => ['--', process.execPath, '-e', script];
const idOf = ({ stdout }: Ran): string => stdout.trim();

describe('agentdispatch', () => {
  it('writes a configuration that passes its own checks', async () => {
    expect(await run('config', 'validate')).toMatchObject({ code: 0 });
    const doctor = await run('doctor', '--json');
    expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: true });
    expect(doctor.code).toBe(0);
  }, 60_000);

  it('hands a command over and gives back output, status, result and artifacts', async () => {
    const script =
      "process.stdout.write('out'); process.stderr.write('err'); require('fs').writeFileSync('a.bin', Buffer.from([0, 255, 10]))";
    const accepted = await run('run', '--command', '--artifact', 'a.bin', ...node(script));
    expect(accepted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^task_\w+\n$/) });
    const id = idOf(accepted);
    expect(await run('wait', id)).toMatchObject({ code: 0 });
    expect(await json('status', id)).toMatchObject({ task_id: id, status: 'succeeded', exit_code: 0 });
    const logs = await run('logs', id);
    expect(['outerr', 'errout']).toContain(logs.stdout);
    expect(await run('logs', id, '--stream', 'stderr')).toMatchObject({ stdout: 'err' });
    expect(await run('result', id, '--artifact', 'a.bin', '-o', 'copy.bin')).toMatchObject({ code: 0 });
    expect([...(await readFile(workplace.path('copy.bin')))]).toEqual([0, 255, 10]);
    expect(await json('list', '--status', 'ended')).toMatchObject({ tasks: [{ task_id: id }] });
  }, 60_000);

  it('takes a directory along and fetches what came of it', async () => {
    await mkdir(workplace.path('project/out'), { recursive: true });
    await writeFile(workplace.path('project/.gitignore'), '*.log\n');
    await writeFile(workplace.path('project/a.txt'), 'text');
    await writeFile(workplace.path('project/skip.log'), '');
    const script = `const fs = require('fs'); fs.mkdirSync('made');
      fs.writeFileSync('made/list.json', JSON.stringify(fs.readdirSync('in')));
      fs.writeFileSync('made/large.bin', Buffer.alloc(1500000, 7));`;
    const args = ['--input-dir', 'in=project', '--artifact', 'made/**', '--wait'];
    const ran = await run('run', ...args, '--json', '--command', ...node(script));
    const { task_id: id } = JSON.parse(ran.stdout) as { task_id: string };
    await rm(workplace.path('project'), { recursive: true });

    expect((await run('artifacts', id)).stdout).toMatch(/made\/large.bin +1500000 bytes/);
    const { artifacts } = await json('artifacts', id);
    expect(artifacts).toMatchObject([
      { name: 'made/large.bin' },
      { name: 'made/list.json', media_type: 'application/json' },
    ]);
    expect(await run('artifacts', 'get', id, 'made/list.json')).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(workplace.path('list.json'), 'utf8'))).toEqual(['.gitignore', 'a.txt']);
    expect(await run('artifacts', 'get', id, 'made/list.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect(await json('artifacts', 'get', id, '--all', '-o', 'got')).toMatchObject({ files: [{}, {}] });
    expect((await readFile(workplace.path('got/made/large.bin'))).equals(Buffer.alloc(1_500_000, 7))).toBe(true);
    expect(await run('artifacts', 'get', id, '--all', '-o', 'got', '--force')).toMatchObject({ code: 0 });
    expect(await run('artifacts', 'get', id, 'none')).toMatchObject({ code: 5 });
    expect(await run('artifacts', 'get', id)).toMatchObject({ code: 2 });
  }, 60_000);

  it('shows output as it comes and ends with the code of a task that failed', async () => {
    const child = workplace.start([
      'run',
      '--wait',
      '--command',
      ...node("console.log('first'); setTimeout(() => process.exit(3), 1500)"),
    ]);
    const first = new Promise<boolean>((resolve) => {
      child.stdout?.once('data', () => resolve(child.exitCode === null));
    });
    const ran = await outcome(child);
    expect(await first).toBe(true);
    expect(ran).toMatchObject({ code: 6, stdout: 'first\n' });
    expect(ran.stderr).toContain('AD_TASK_FAILED');
  }, 60_000);

  it('leaves the task running when the watching is broken off', async () => {
    const child = workplace.start([
      'run',
      '--wait',
      '--command',
      ...node("console.log('up'); setInterval(() => 0, 1000)"),
    ]);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const ran = await outcome(child);
    expect(ran.code).toBe(130);
    const id = /agentdispatch cancel (task_\w+)/.exec(ran.stderr)?.[1] ?? '';
    expect(await json('status', id)).toMatchObject({ status: 'running' });
    expect(await run('cancel', id, '--reason', 'enough')).toMatchObject({ code: 0 });
    expect(await run('wait', id)).toMatchObject({ code: 6, stdout: expect.stringContaining('cancelled') });
  }, 60_000);

  it('asks for what is missing and starts nothing', async () => {
    const before = await json('list');
    expect(await run('run')).toMatchObject({ code: 2, stdout: expect.stringContaining('instruction: ') });
    expect(await json('list')).toEqual(before);
  }, 60_000);

  it('explains a route and starts nothing', async () => {
    expect(await json('explain', 'x')).toMatchObject({ status: 'explained', route: { account_profile: 'local' } });
  }, 60_000);

  it('shows the configuration without what looks like a secret', async () => {
    const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`;
    const config = { accounts: {}, runtimes: {}, policy: { rules: [{ effect: 'deny', reason: `uses ${secret}` }] } };
    await writeFile(workplace.path('secret.json'), JSON.stringify(config));
    const { stdout, code } = await run('config', 'show', '--config', 'secret.json');
    expect(code).toBe(0);
    expect(stdout).toContain('[redacted:');
    expect(stdout).not.toContain(secret);
  }, 60_000);

  it.each([
    ['an unknown task', ['status', 'task_nope'], 5, 'AD_TASK_NOT_FOUND'],
    ['a mistyped command', ['staus', 'x'], 2, 'agentdispatch status'],
    ['an unknown flag', ['list', '--nope'], 2, 'AD_INPUT_INVALID'],
    ['a missing argument', ['cancel'], 2, 'AD_INPUT_INVALID'],
    ['a file that is not there', ['list', '--config', 'nowhere.json'], 3, 'AD_CONFIG_NOT_FOUND'],
    ['a configuration that is there', ['init'], 3, 'AD_CONFIG_EXISTS'],
    ['an unknown runtime', ['run', 'x', '--runtime', 'locl'], 2, 'Did you mean "local"?'],
    ['a credential', ['run', 'the key is AKIA' + 'ABCDEFGHIJKLMNOP'], 4, 'AD_POLICY_CREDENTIALS'],
  ])(
    'refuses %s with its code',
    async (_what, args, code, said) => {
      const ran = await run(...args);
      expect(ran.stderr).toContain(said);
      expect(ran).toMatchObject({ code, stdout: '' });
    },
    60_000,
  );

  it('gives errors as JSON where JSON is asked for', async () => {
    expect(await json('status', 'task_nope')).toMatchObject({ error: { code: 'AD_TASK_NOT_FOUND', fault: 'caller' } });
  }, 60_000);

  it('refuses a protocol that the provider does not offer, with what it offers', async () => {
    const ran = await run('init', '--force', '--provider', 'aws', '--protocol', 'stdio');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('AD_ROUTE_NO_MATCH') });
    expect(ran.stderr).toContain('over http');
  }, 60_000);

  it('lists in the help of init what the providers declare', async () => {
    const { stdout } = await run('init', '--help');
    expect(stdout).toContain('--runtime-arn');
    expect(stdout).toContain('--agent-command');
  }, 60_000);

  it('tells and stops the dispatcher', async () => {
    expect(await json('dispatcher', 'status')).toMatchObject({ running: true, openTasks: 0 });
    expect(await json('dispatcher', 'stop')).toEqual({ stopped: true });
    expect(await run('dispatcher', 'status')).toMatchObject({ code: 1 });
  }, 60_000);
});
