import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agent, Bench, collect, command, hasText, node, shell, textOf } from './testdata/bench.js';

const ECHO_STDIN = 'process.stdin.pipe(process.stdout)';
const SHOW_ARGUMENTS = 'console.log(JSON.stringify(process.argv.slice(1)))';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

describe('command.run', () => {
  it('ends succeeded with standard output as its result', async () => {
    const { ended, events } = await bench.run(command(`echo 'hello  world'`));
    expect(ended).toEqual({ type: 'ended', outcome: 'succeeded', exitCode: 0, result: { text: 'hello  world\n' } });
    expect(textOf(events)).toBe('hello  world\n');
  });

  it('gives each piece of output while the program still runs', async () => {
    const { driver, handle, context } = await bench.prepare(shell('echo one; await_file go; echo two >&2'));
    const events = driver.start(handle, context)[Symbol.asyncIterator]();
    expect((await events.next()).value).toEqual({ type: 'attached' });
    expect((await events.next()).value).toMatchObject({ type: 'log', stream: 'stdout', text: 'one\n' });
    bench.signalWork('go');
    expect((await events.next()).value).toMatchObject({ type: 'log', stream: 'stderr', text: 'two\n' });
    expect((await events.next()).value).toMatchObject({ type: 'ended', outcome: 'succeeded' });
  });

  it.each([
    ['an exit code', 'echo why >&2; exit 7', { exitCode: 7, signal: null }, 'exit code 7'],
    ['a signal', 'echo why >&2; kill -KILL $$', { exitCode: null, signal: 'SIGKILL' }, 'signal SIGKILL'],
  ])('ends failed and names %s', async (_what, line, details, words) => {
    const { ended } = await bench.run(shell(line));
    expect(ended).toMatchObject({
      outcome: 'failed',
      error: { code: 'AD_TASK_FAILED', details: { ...details, stderrTail: 'why\n' } },
    });
    expect(ended.error?.message).toContain(words);
  });

  it('ends failed with a reason when there is no such program', async () => {
    const { ended } = await bench.run(command('no-such-program-here'));
    expect(ended).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROVIDER_AGENT_FAILED' } });
    expect(ended.error?.message).toContain('no-such-program-here');
  });

  it('gives nothing to a shell unless asked', async () => {
    const { ended } = await bench.run(command([...node(SHOW_ARGUMENTS), '$HOME; echo x', '*']));
    expect(JSON.parse((ended.result as { text: string }).text)).toEqual(['$HOME; echo x', '*']);
  });

  it('takes a line apart by quoting rules', async () => {
    const split = await bench.run(command(`${process.execPath} -e '${SHOW_ARGUMENTS}' "a b" c\\ d '$HOME'`));
    expect(JSON.parse((split.ended.result as { text: string }).text)).toEqual(['a b', 'c d', '$HOME']);
  });

  it('lets the program open its standard streams by name', async () => {
    const { events, ended } = await bench.run(shell('echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin'));
    expect([textOf(events), textOf(events, 'stderr'), ended.outcome]).toEqual(['out\n', 'err\n', 'succeeded']);
  });

  it('gives a large result as a file', async () => {
    const { ended } = await bench.run(shell('head -c 20000 /dev/zero | tr "\\0" x'));
    const { file } = ended.result as { file: string };
    expect(statSync(file).size).toBe(20_000);
  });

  it('passes on an environment of listed, given and secret variables alone', async () => {
    const input = { environment: { GIVEN: 'given' } };
    const more = { environment: { PATH: '/usr/bin:/bin', LANG: 'C' }, secrets: { KEY: 'secret' } };
    const { ended } = await bench.run(command('env', input), more);
    const names = (ended.result as { text: string }).text.split('\n').map((line) => line.split('=')[0]);
    // PWD, SHLVL and _ are set by the shell that waits at the gate.
    const own = names.filter((name) => name && !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort();
    expect(own).toEqual(['AGENTDISPATCH_ATTEMPT', 'GIVEN', 'KEY', 'LANG', 'PATH']);
  });

  it('runs in a fresh private directory in mode runtime', async () => {
    const { ended } = await bench.run(shell('pwd; ls -A', { workingDirectory: 'sub/dir' }));
    expect(ended.result).toEqual({ text: `${bench.paths.work}/sub/dir\n` });
    expect(statSync(bench.paths.root).mode & 0o777).toBe(0o700);
  });

  it('runs in the directory named in mode session', async () => {
    const directory = join(bench.root, 'project');
    mkdirSync(join(directory, 'src'), { recursive: true });
    const { ended, handle } = await bench.run(command('pwd', { workingDirectory: 'src' }, { directory }));
    expect(ended.result).toEqual({ text: `${directory}/src\n` });
    expect(handle.resources).toContainEqual({ id: directory, kind: 'directory', scope: 'borrowed' });
  });
});

describe('agent.run', () => {
  it('hands over instruction and context on standard input', async () => {
    const { ended } = await bench.run(agent('Say hi.', { command: node(ECHO_STDIN) }, { context: { a: 1 } }));
    expect(ended.result).toEqual({ text: 'Say hi.\n\nContext (JSON):\n{\n  "a": 1\n}\n' });
  });

  it('hands over the task as the last argument when asked', async () => {
    const details = { command: [...node(SHOW_ARGUMENTS), 'first'], promptVia: 'argument' };
    const { ended } = await bench.run(agent('Say "hi".', details));
    expect(JSON.parse((ended.result as { text: string }).text)).toEqual(['first', 'Say "hi".']);
  });

  it('hands over one JSON object when asked, and gives JSON back', async () => {
    const details = { command: node(ECHO_STDIN), envelope: 'json', output: 'json' };
    const input = { context: { a: 1 }, inputs: [{ path: 'in.txt', text: 'x' }], artifacts: ['out.txt'] };
    const { ended } = await bench.run(agent('Go.', details, input));
    expect(ended.result).toEqual({
      json: {
        taskId: bench.paths.name.slice(0, -2),
        attempt: 1,
        instruction: 'Go.',
        context: { a: 1 },
        inputs: ['in.txt'],
        artifacts: ['out.txt'],
      },
    });
  });

  it('takes the last line for JSON when the program prints other things first', async () => {
    const { ended } = await bench.run(agent('x', { command: `sh -c 'echo hello; echo "[1]"'`, output: 'json' }));
    expect(ended).toMatchObject({ outcome: 'succeeded', result: { json: [1] } });
  });

  it('ends failed and keeps the text when the output is not the JSON it was to be', async () => {
    const { ended } = await bench.run(agent('x', { command: 'echo oops', output: 'json' }));
    expect(ended).toMatchObject({
      outcome: 'failed',
      result: { text: 'oops\n' },
      error: { code: 'AD_PROTOCOL_RESPONSE' },
    });
  });

  it('takes an instruction of four megabytes', async () => {
    const script = 'let n = 0; process.stdin.on("data", (d) => { n += d.length }).on("end", () => console.log(n))';
    const { ended } = await bench.run(agent('x'.repeat(4 * 1024 * 1024), { command: node(script) }));
    expect(ended.result).toEqual({ text: '4194304\n' });
  });

  it('survives an agent that never reads its task', async () => {
    const { ended } = await bench.run(agent('x'.repeat(1024 * 1024), { command: 'true' }));
    expect(ended.outcome).toBe('succeeded');
  });
});

describe('inputs and artifacts', () => {
  it('places inputs before the work and collects what it leaves', async () => {
    const input = { inputs: [{ path: 'data/in.txt', text: 'abc' }], artifacts: ['out/*.txt', 'missing'] };
    const { events, ended } = await bench.run(shell('mkdir out; tr a-z A-Z < data/in.txt > out/up.txt', input));
    const artifacts = events.filter((event) => event.type === 'artifact').map(({ artifact }) => artifact);
    expect(artifacts.map(({ name }) => name)).toEqual(['out/up.txt']);
    expect(readFileSync((artifacts[0]?.content as { file: string }).file, 'utf8')).toBe('ABC');
    expect(textOf(events, 'system')).toContain('missing');
    expect(ended.outcome).toBe('succeeded');
  });

  it('collects artifacts of failed work too, before the end', async () => {
    const { events, ended } = await bench.run(shell('echo x > log.txt; exit 1', { artifacts: ['log.txt'] }));
    expect(events.map(({ type }) => type)).toEqual(['attached', 'artifact', 'ended']);
    expect(ended.outcome).toBe('failed');
  });

  it('collects nothing through a link that leaves the directory', async () => {
    writeFileSync(join(bench.root, 'private.txt'), 'private');
    const line = `ln -s '${bench.root}' way; ln -s '${bench.root}/private.txt' link.txt; echo x > own.txt`;
    const { events } = await bench.run(shell(line, { artifacts: ['link.txt', 'way/private.txt', '**'] }));
    const names = events.flatMap((event) => (event.type === 'artifact' ? [event.artifact.name] : []));
    expect(names).toEqual(['own.txt']);
  });

  it('refuses an input whose content is another than announced, and leaves nothing of it', async () => {
    const inputs = [{ path: 'in.txt', text: 'abc', sha256: '0'.repeat(64) }];
    const error = await bench.prepare(command('true', { inputs })).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'AD_INPUT_INVALID', details: { pointer: '/input/inputs/0/sha256' } });
    await expect(bench.run(shell('ls -A'))).resolves.toMatchObject({ ended: { result: { text: '' } } });
  });
});

describe('check', () => {
  it('passes for what can run and says how to mend what cannot', async () => {
    const request = command('true');
    const { driver } = await bench.prepare(request);
    const statuses = (await driver.check(request, bench.context(request))).map(({ status }) => status);
    expect(statuses).toEqual(['pass', 'pass', 'pass']);
    const broken = agent('x', { directory: join(bench.root, 'absent'), command: 'no-such-program-here' });
    const findings = await driver.check(broken, bench.context(broken));
    expect(findings.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'platform pass',
      'directory fail',
      'program fail',
    ]);
    expect(findings.every(({ status, fix }) => status === 'pass' || fix)).toBe(true);
  });

  it('says how an agent that is known is installed', async () => {
    const { driver } = await bench.prepare(command('true'));
    const known = agent('x', { command: 'claude', directory: bench.root });
    const findings = await driver.check(known, { ...bench.context(known), environment: { PATH: '/nowhere' } });
    expect(findings.at(-1)).toMatchObject({ status: 'fail', fix: expect.stringContaining('npm install -g') });
  });

  it('warns of a runtime that names no agent, whose tasks must', async () => {
    const over = agent('', {});
    const { driver } = await bench.prepare(command('true'));
    for (const protocol of ['stdio', 'a2a'] as const) {
      const open = { ...over, target: { ...over.target, protocol } };
      const findings = await driver.check(open, bench.context(open));
      expect(findings).toContainEqual({
        name: 'program',
        status: 'warn',
        message: expect.stringContaining('names no agent'),
        fix: expect.stringContaining('target.details.command'),
      });
      expect(findings.map(({ status }) => status)).not.toContain('fail');
    }
  });
});

it('ends the stream quietly when the verb is to stop, and leaves the work alone', async () => {
  const stop = new AbortController();
  const request = shell('echo on; await_file go; echo done');
  const { driver, handle, context } = await bench.prepare(request, { signal: stop.signal });
  const events = [];
  for await (const event of driver.start(handle, context)) {
    events.push(event);
    stop.abort();
  }
  expect(events.map(({ type }) => type)).toEqual(['attached']);
  bench.signalWork('go');
  const resumed = await collect(driver.resume(handle, bench.context(request)), hasText('done'));
  expect(resumed[0]).toEqual({ type: 'attached' });
});
