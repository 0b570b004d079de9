// The files of a run: inputs that are there before the agent begins, artifacts that are kept after it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkerAnswer, WorkerEvent, WorkerTask } from '@agent-dispatch/schemas';
import { ended, newTask, said, steps, TestWorker } from './testdata/test-worker.js';

let worker: TestWorker;
beforeEach(async () => {
  worker = await TestWorker.start();
});
afterEach(() => worker.remove());

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const shell = (instruction: string, part: Partial<WorkerTask> = {}): WorkerTask =>
  newTask({ framework: 'shell', instruction, ...part });
const textInput = (path: string, text: string) => ({ path, sha256: sha256(text), text });
const readArtifact = async (invocationId: string, name: string): Promise<string> =>
  (await worker.post({ agentdispatch: 'artifact', invocationId, name })).text();
const artifactsIn = (events: readonly WorkerEvent[]) => events.flatMap(({ artifact }) => artifact ?? []);
/** What is kept of the run on disk. */
const filesOf = ({ invocationId }: WorkerTask): string[] => {
  const directory = join(worker.dataDirectory, 'runs', invocationId);
  return existsSync(directory) ? readdirSync(directory) : [];
};

describe('inputs', () => {
  it('are in place before the agent begins, from text and from bytes', async () => {
    const bytes = Buffer.from([0, 255, 10]);
    const inputs = [
      textInput('a/b.txt', 'hello'),
      { path: 'raw', sha256: sha256(bytes), base64: bytes.toString('base64') },
    ];
    const events = await worker.run(shell('cat a/b.txt; wc -c < raw', { inputs }));
    expect(said(events).replace(/ +/g, '')).toBe('hello3\n');
  });

  describe('that are sent before', () => {
    const content = Buffer.from('0123456789'.repeat(1_000));
    const put = (invocationId: string, offset: number, part: Buffer, more = {}): Promise<WorkerAnswer> => {
      const piece = { path: 'big', sha256: sha256(content), size: content.length, base64: part.toString('base64') };
      return worker.call({ agentdispatch: 'put_input', invocationId, ...piece, offset, ...more });
    };

    it('are gathered from pieces, also repeated and overlapping ones', async () => {
      const task = shell('cat big', { inputs: [{ path: 'big', sha256: sha256(content) }] });
      const parts: [number, number, number][] = [
        [0, 4_000, 4_000],
        [0, 4_000, 4_000],
        [3_000, 9_000, 9_000],
        [9_000, 10_000, 10_000],
        [9_000, 10_000, 10_000],
      ];
      for (const [from, to, received] of parts) {
        expect(await put(task.invocationId, from, content.subarray(from, to))).toMatchObject({ received });
      }
      expect(said(await worker.run(task))).toBe(content.toString());
      expect(readdirSync(join(worker.dataDirectory, 'inputs'))).toEqual([]);
    });

    it('are thrown away when their digest does not match', async () => {
      const task = shell('cat big', { inputs: [{ path: 'big', sha256: sha256(content) }] });
      const other = Buffer.alloc(content.length, 'x');
      expect((await put(task.invocationId, 0, other)).error?.code).toBe('digest_mismatch');
      expect((await worker.start(task)).error?.code).toBe('invalid');
      expect(await put(task.invocationId, 0, content)).toMatchObject({ received: content.length });
      expect(said(await worker.run(task))).toBe(content.toString());
    });

    it.each([
      ['a piece with a gap before it', 5, {}],
      ['more than the file has', 0, { size: 10 }],
      ['a path that leaves the directory', 0, { path: '../big' }],
      ['an absolute path', 0, { path: '/big' }],
      ['an invocation id that is a path', 0, { invocationId: '../../../../../tmp/x' }],
    ])('are refused with %s', async (_what, offset, more) => {
      expect((await put('invocation-of-nobody', offset, content, more)).error?.code).toBe('invalid');
    });

    it('are refused when all of a run have more than a disk should hold', async () => {
      const { invocationId } = newTask();
      expect((await put(invocationId, 0, content, { size: 5 * 1024 ** 3 })).error?.code).toBe('invalid');
      const others = join(worker.dataDirectory, 'inputs', invocationId, `${'0'.repeat(64)}.part`);
      writeFileSync(others, '');
      truncateSync(others, 4 * 1024 ** 3 - content.length);
      expect(await put(invocationId, 0, content.subarray(1))).toMatchObject({ received: content.length - 1 });
      truncateSync(others, 4 * 1024 ** 3 - content.length + 1);
      expect((await put(invocationId, 0, content)).error?.message).toContain('4294967296 bytes together');
    });

    it('are refused when the run has begun', async () => {
      const task = shell('true');
      await worker.run(task);
      expect((await put(task.invocationId, 0, content)).error?.code).toBe('invalid');
    });
  });

  it.each<[string, NonNullable<WorkerTask['inputs']>, string]>([
    [
      'a digest that does not match',
      [textInput('a', 'x'), { path: 'b', sha256: sha256('y'), text: 'x' }],
      'digest_mismatch',
    ],
    ['content that nobody sent', [{ path: 'a', sha256: sha256('x') }], 'invalid'],
    ['a path that leaves the directory', [textInput('a/../../b', 'x')], 'invalid'],
    ['an absolute path', [textInput('/tmp/agentdispatch-test-escape', 'x')], 'invalid'],
    ['two contents for one path', [textInput('a', 'x'), textInput('a', 'y')], 'invalid'],
    ['a file in the place of a folder', [textInput('a', 'x'), textInput('a/b', 'y')], 'invalid'],
  ])('with %s refuse the start: nothing is run, nothing is left', async (_what, inputs, code) => {
    const task = shell('true', { inputs });
    expect((await worker.start(task)).error?.code).toBe(code);
    expect(filesOf(task)).toEqual([]);
    const again = await worker.run({ ...task, inputs: [] });
    expect(ended(again)?.outcome).toBe('succeeded');
  });
});

describe('a directory that the runs share', () => {
  let shared: string;
  beforeEach(async () => {
    shared = join(worker.root, 'shared');
    mkdirSync(join(shared, 'sub'), { recursive: true });
    writeFileSync(join(worker.root, 'outside'), 'precious');
    symlinkSync(worker.root, join(shared, 'way-out'));
    symlinkSync(join(worker.root, 'nowhere'), join(shared, 'dangling'));
    await worker.restart({ directoryPerRun: false, workingDirectory: shared });
  });

  it('is where they work, or a part of it', async () => {
    await worker.run(shell('echo 1 > here'));
    await worker.run(shell('echo 2 > there', { workingDirectory: 'sub' }));
    expect([readFileSync(join(shared, 'here'), 'utf8'), readFileSync(join(shared, 'sub/there'), 'utf8')]).toEqual([
      '1\n',
      '2\n',
    ]);
  });

  it.each<[string, Partial<WorkerTask>]>([
    ['a working directory above it', { workingDirectory: '..' }],
    ['a working directory through a link', { workingDirectory: 'way-out' }],
    ['a working directory that is not there', { workingDirectory: 'gone' }],
    ['an absolute working directory', { workingDirectory: '/' }],
    ['an input through a link', { inputs: [textInput('way-out/new', 'x')] }],
    ['an input in the place of a link to nothing', { inputs: [textInput('dangling', 'x')] }],
    ['an input over another file', { inputs: [textInput('way-out/outside', 'x')] }],
    ['artifacts above it', { artifacts: ['../*'] }],
  ])('is not left by %s', async (_what, part) => {
    expect((await worker.start(shell('true', part))).error?.code).toBe('invalid');
    expect(readFileSync(join(worker.root, 'outside'), 'utf8')).toBe('precious');
    expect(readdirSync(worker.root).sort()).toEqual(['data', 'outside', 'shared']);
  });

  it('may hold an input already, but nothing else in its place', async () => {
    writeFileSync(join(shared, 'a'), 'same');
    expect(ended(await worker.run(shell('true', { inputs: [textInput('a', 'same')] })))?.outcome).toBe('succeeded');
    expect((await worker.start(shell('true', { inputs: [textInput('a', 'other')] }))).error?.code).toBe('invalid');
    expect(readFileSync(join(shared, 'a'), 'utf8')).toBe('same');
  });
});

describe('artifacts', () => {
  it('are collected with name, size, digest and media type, and stay readable when the directory is gone', async () => {
    const task = shell('mkdir -p out/deep; echo hi > out/a.md; echo "{}" > out/deep/b.json; echo no > c', {
      artifacts: ['out/**', '*.none'],
    });
    const events = await worker.run(task);
    expect(artifactsIn(events)).toEqual([
      { name: 'out/a.md', mediaType: 'text/markdown', size: 3, sha256: sha256('hi\n') },
      { name: 'out/deep/b.json', mediaType: 'application/json', size: 3, sha256: sha256('{}\n') },
    ]);
    expect(said(events, 'system')).toBe('No file matches the artifact *.none.\n');
    await worker.restart();
    expect(filesOf(task).sort()).toEqual(['artifacts', 'events.jsonl', 'run.json']);
    expect(await readArtifact(task.invocationId, 'out/a.md')).toBe('hi\n');
  });

  it('are collected also when the agent fails, and when it is cancelled', async () => {
    const failed = await worker.run(shell('echo hi > a; exit 1', { artifacts: ['a'] }));
    expect([artifactsIn(failed).length, ended(failed)?.outcome]).toEqual([1, 'failed']);
    const task = shell('echo hi > a; echo written; sleep 1000', { artifacts: ['a'] });
    await worker.start(task);
    const events: WorkerEvent[] = [];
    for await (const event of worker.follow(task.invocationId)) {
      events.push(event);
      if (event.type === 'log') void worker.call({ agentdispatch: 'cancel', invocationId: task.invocationId });
    }
    expect([artifactsIn(events).length, ended(events)?.outcome]).toEqual([1, 'cancelled']);
    expect(await readArtifact(task.invocationId, 'a')).toBe('hi\n');
  });

  it('are none over what is kept of one run, which is said, and takes no room', async () => {
    await worker.restart({ limits: { artifactBytes: 1_000 } });
    const instruction = 'head -c 600 /dev/zero > a; head -c 600 /dev/zero > b; head -c 400 /dev/zero > c';
    const task = shell(instruction, { artifacts: ['*'] });
    const events = await worker.run(task);
    expect(artifactsIn(events).map(({ name, size }) => [name, size])).toEqual([
      ['a', 600],
      ['c', 400],
    ]);
    expect(said(events, 'system')).toMatch(/^b could not be collected: .* 400 bytes .*\n$/);
    expect(ended(events)?.outcome).toBe('succeeded');
    expect(readdirSync(join(worker.dataDirectory, 'runs', task.invocationId, 'artifacts'))).toHaveLength(2);
  });

  it('are none of what a link leads to outside', async () => {
    const outside = join(worker.root, 'outside');
    writeFileSync(outside, 'precious');
    const instruction = `ln -s ${outside} link; ln -s ${worker.root} way; echo in > real; ln -s real inner`;
    const events = await worker.run(shell(instruction, { artifacts: ['link', 'way/outside', 'way/*', 'inner'] }));
    expect(artifactsIn(events)).toEqual([
      { name: 'inner', mediaType: 'application/octet-stream', size: 3, sha256: sha256('in\n') },
    ]);
    expect(worker.filesWith('precious')).toEqual([]);
  });

  it('may be left while the agent works, and again when they have changed', async () => {
    const say = { say: { type: 'artifact', name: 'a.txt' } };
    const instruction = steps(
      { write: ['a.txt', 'first'] },
      say,
      { await: 'message' },
      { write: ['a.txt', 'second'] },
      { say: { type: 'artifact', name: '../run.json' } },
    );
    const task = newTask({ framework: 'scripted', instruction, artifacts: ['a.txt'] });
    await worker.start(task);
    const events: WorkerEvent[] = [];
    for await (const event of worker.follow(task.invocationId)) {
      events.push(event);
      if (artifactsIn([event]).length === 0 || events.length > 1) continue;
      expect(await readArtifact(task.invocationId, 'a.txt')).toBe('first');
      await worker.call({ agentdispatch: 'send', invocationId: task.invocationId, message: { id: 'm', text: 'go' } });
    }
    expect(artifactsIn(events).map(({ sha256: digest }) => digest)).toEqual([sha256('first'), sha256('second')]);
    expect(await readArtifact(task.invocationId, 'a.txt')).toBe('second');
    expect(said(events, 'system')).toBe('../run.json is no file of the working directory and was not collected.\n');
  });

  it('may be named twice in one breath', async () => {
    const line = `${JSON.stringify({ type: 'artifact', name: 'a.txt' })}\n`;
    const instruction = steps({ write: ['a.txt', 'x'.repeat(1_000_000)] }, { say: line.repeat(5) });
    const events = await worker.run(newTask({ framework: 'scripted', instruction }));
    expect([artifactsIn(events).length, said(events, 'system')]).toEqual([1, '']);
  });

  it('are not more than a dispatcher keeps of one task', async () => {
    const task = shell('for i in $(seq 1100); do echo > $i.txt; done', { artifacts: ['*.txt'] });
    const events = await worker.run(task);
    expect([artifactsIn(events).length, said(events, 'system')]).toEqual([
      1_000,
      'Only the first 1000 artifacts were collected.\n',
    ]);
    const long = 'x'.repeat(200);
    const names = await worker.run(shell(`for i in $(seq 400); do echo > ${long}$i; done`, { artifacts: ['*'] }));
    expect(artifactsIn(names).reduce((sum, { name }) => sum + name.length, 0)).toBeLessThan(64_000);
    expect(said(names, 'system')).toContain('artifacts were collected.');
  });

  it('that are not there are refused in the answer', async () => {
    const task = shell('true');
    await worker.run(task);
    const answer = await worker.call({
      agentdispatch: 'artifact',
      invocationId: task.invocationId,
      name: '../run.json',
    });
    expect(answer).toMatchObject({ worker: 1, error: { code: 'invalid' } });
  });
});

describe('runs that are kept', () => {
  it('are the newest; an older one is not run again', async () => {
    await worker.restart({ limits: { keptRuns: 2 } });
    const tasks = [1, 2, 3].map((count) => shell(`echo ${count}`));
    for (const task of tasks) await worker.run(task);
    const [oldest, ...others] = tasks as [WorkerTask, ...WorkerTask[]];
    await worker.restart({ limits: { keptRuns: 2 } });
    expect((await worker.start(oldest)).error?.code).toBe('ended');
    for (const task of others) expect(ended(await worker.run(task))?.outcome).toBe('succeeded');
    expect(filesOf(oldest)).toEqual([]);
    const content = { path: 'a', sha256: sha256('x'), size: 1, base64: 'eA==' };
    const put = { agentdispatch: 'put_input', invocationId: oldest.invocationId, ...content } as const;
    expect((await worker.call(put)).error?.code).toBe('ended');
  });
});
