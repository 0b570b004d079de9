// What a caller hands over, through real processes: the work gets what was there at the call, whatever happened since.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Config } from '@agent-dispatch/schemas';
import { type McpSession, startMcp } from './support/mcp.js';
import { Place } from './support/place.js';
import { dispatcherOf } from './support/processes.js';

const TEST_MS = 120_000;

let place: Place;
let mcp: McpSession;

const config: Config = {
  accounts: { here: { provider: 'local' } },
  runtimes: {
    agent: {
      account: 'here',
      target: { mode: 'runtime', protocol: 'stdio', details: { command: [process.execPath, '-v'] } },
    },
  },
  defaults: { runtime: 'agent' },
  limits: { maxConcurrent: 1, maxInputFiles: 20, maxInputBytes: 50_000_000 },
};

beforeEach(async () => {
  place = await Place.make(config);
  mcp = await startMcp(place);
}, TEST_MS);
afterEach(() => place.end(), TEST_MS);

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Prints path, digest and mode of every file that it is given. */
const LIST = `const fs = require('fs'), { createHash } = require('crypto');
  const files = fs.readdirSync('.', { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  console.log(JSON.stringify(Object.fromEntries(files.map(({ name, parentPath, path: older }) => {
    const file = require('path').join(parentPath ?? older, name);
    const sha256 = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
    return [file, sha256 + (fs.statSync(file).mode & 0o100 ? ' program' : '')];
  }))));`;

const command = async (script: string, input: object = {}): Promise<string> => {
  const task = await mcp.call('dispatch_task', {
    provider: 'local',
    account_profile: 'here',
    capability: 'agent-runtime',
    task_type: 'command.run',
    target: { mode: 'runtime', protocol: 'stdio' },
    input: { command: [process.execPath, '-e', script], ...input },
  });
  if (!('task_id' in task) || task.task_id === undefined) throw new Error(JSON.stringify(task));
  return task.task_id;
};

/** Holds the only place there is for work until it is let go. */
async function holdWork(): Promise<() => Promise<void>> {
  const file = place.path('let-go');
  const script = `const look = setInterval(() => require('fs').existsSync(${JSON.stringify(file)}) && clearInterval(look), 20);`;
  const holding = await command(script);
  return async () => {
    await writeFile(file, '');
    await mcp.ended(holding);
  };
}

const git = (...args: string[]): string => {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main'];
  const env = { PATH: process.env['PATH'], HOME: place.root };
  return execFileSync('git', [...identity, ...args], { cwd: place.path('project'), env, encoding: 'utf8' });
};

describe('inputs', () => {
  it(
    'reach the work as they were at the call, though they were changed and the dispatcher was killed since',
    async () => {
      const large = Buffer.alloc(30_000_000, 'large');
      await place.write('project/tracked.txt', 'first');
      await place.write('project/.gitignore', 'skip\n*.log\n');
      await mkdir(place.path('project/skip'));
      await place.write('project/skip/x', '');
      await place.write('project/sub/a.log', '');
      git('init', '-q');
      git('add', '.');
      git('commit', '-q', '-m', 'first');
      await place.write('project/sub/untracked.txt', 'untracked');
      await place.write('project/run.sh', '#!/bin/sh');
      await chmod(place.path('project/run.sh'), 0o755);
      await writeFile(place.path('large.bin'), large);

      const letGo = await holdWork();
      const inputs = [
        { path: '.', directory: place.path('project') },
        { path: 'committed', git: { repository: place.path('project'), ref: 'main' } },
        { path: 'in/large.bin', file: place.path('large.bin'), sha256: sha256(large) },
        { path: 'in/note.txt', text: 'a note' },
      ];
      const id = await command(LIST, { inputs });
      expect(await mcp.call('get_task_status', { task_id: id })).toMatchObject({ status: 'queued' });
      await place.write('project/tracked.txt', 'changed');
      await rm(place.path('project/sub'), { recursive: true });
      await rm(place.path('large.bin'));
      git('commit', '-q', '-am', 'changed');
      process.kill((await dispatcherOf(place.path('bin'))).pid, 'SIGKILL');
      expect((await mcp.call('list_tasks')).tasks).toHaveLength(2);

      await letGo();
      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
      const { result } = await mcp.call('get_task_result', { task_id: id });
      expect(JSON.parse(String(result))).toEqual({
        '.gitignore': sha256('skip\n*.log\n'),
        'tracked.txt': sha256('first'),
        'run.sh': `${sha256('#!/bin/sh')} program`,
        'sub/untracked.txt': sha256('untracked'),
        'committed/.gitignore': sha256('skip\n*.log\n'),
        'committed/tracked.txt': sha256('first'),
        'in/large.bin': sha256(large),
        'in/note.txt': sha256('a note'),
      });
    },
    TEST_MS,
  );

  it(
    'that cannot be taken are refused with their place, start nothing and leave nothing',
    async () => {
      await place.write('tree/a', 'x');
      await place.write('large', 'x'.repeat(60_000_000));
      for (let file = 0; file < 30; file += 1) await place.write(`many/deep/${String(file)}`, '');
      const refused = (input: object) =>
        mcp.refusal('spawn_cloud_agent', { instruction: 'x', inputs: [{ path: 'ok', text: '' }, input] });
      for (const [input, code, pointer] of [
        [{ path: 'a', file: place.path('none') }, 'AD_INPUT_INVALID', '/inputs/1/file'],
        [{ path: 'a', file: place.path('tree/a'), sha256: sha256('y') }, 'AD_INPUT_INVALID', '/inputs/1/sha256'],
        [{ path: 'a', directory: place.path('none') }, 'AD_INPUT_INVALID', '/inputs/1/directory'],
        [{ path: 'a', git: { repository: place.path('tree') } }, 'AD_INPUT_INVALID', '/inputs/1/git/repository'],
        [{ path: 'a', uri: 'https://127.0.0.1/x', sha256: sha256('') }, 'AD_INPUT_INVALID', '/inputs/1/uri'],
        [{ path: '.', directory: place.path('many') }, 'AD_INPUT_TOO_LARGE', '/inputs/1'],
        [{ path: 'a', file: place.path('large') }, 'AD_INPUT_TOO_LARGE', '/inputs/1'],
      ] as const)
        expect(await refused(input)).toMatchObject({ code, problems: [{ pointer }] });
      const { details } = await refused({ path: '.', directory: place.path('many') });
      expect(details).toMatchObject({ has: { files: 30 }, largest: [{ path: 'deep', files: 30 }] });
      expect((await mcp.call('list_tasks')).tasks).toEqual([]);
      const stateDir = await place.stateDir();
      const days = existsSync(path.join(stateDir, 'tasks')) ? await readdir(path.join(stateDir, 'tasks')) : [];
      for (const day of days) expect(await readdir(path.join(stateDir, 'tasks', day))).toEqual([]);
      expect(await readdir(path.join(stateDir, 'incoming'))).toEqual([]);
    },
    TEST_MS,
  );
});

describe('an artifact', () => {
  it(
    'is listed with its URI, and read by it or in pieces',
    async () => {
      const script = `const fs = require('fs'); fs.mkdirSync('out'); fs.writeFileSync('out/a b.md', '# hé');
        fs.writeFileSync('out/large.bin', Buffer.alloc(1500000, 255));`;
      const id = await command(script, { artifacts: ['out/**'] });
      await mcp.ended(id);
      const { artifacts = [] } = await mcp.call('get_task_result', { task_id: id });
      expect(artifacts).toMatchObject([
        { name: 'out/a b.md', media_type: 'text/markdown', sha256: sha256('# hé') },
        { name: 'out/large.bin', size: 1_500_000 },
      ]);
      const [small, large] = artifacts.map(({ uri }) => ({ uri: String(uri) }));
      expect((await mcp.client.readResource(small ?? { uri: '' })).contents).toMatchObject([
        { text: '# hé', mimeType: 'text/markdown' },
      ]);
      await expect(mcp.client.readResource(large ?? { uri: '' })).rejects.toThrow(/AD_TASK_VALUE_TOO_LARGE.*offset/);
      const piece = await mcp.call('get_task_result', {
        task_id: id,
        artifact: 'out/large.bin',
        offset: 1_499_000,
        max_bytes: 5000,
      });
      expect(piece).toMatchObject({ encoding: 'base64', truncated: false, size: 1_500_000 });
      expect(Buffer.from(String(piece.result), 'base64')).toEqual(Buffer.alloc(1000, 255));
    },
    TEST_MS,
  );
});
