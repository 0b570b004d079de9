// A worker over what one left that was killed between any two steps: each state of the disk is made by hand.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import { Agents } from '../agents/agents.js';
import { newTask } from '../testdata/test-worker.js';
import { LocalRuns } from './local-runs.js';
import { RunRefused, type Run } from './run.js';

const HOUR = 3600 * 1000;

let root: string;
let time: number;
let runs: LocalRuns;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'recovery-')));
  time = Date.now();
  runs = newRuns();
});
afterEach(async () => {
  await runs.stop();
  rmSync(root, { recursive: true });
});

const newRuns = (): LocalRuns =>
  new LocalRuns({
    dataDirectory: root,
    workingDirectory: root,
    directoryPerRun: true,
    sessionsDirectory: join(root, 'sessions'),
    agents: new Agents(
      new Map([['shell', { command: ['/bin/sh'], input: 'text', output: 'text' }]]),
      'shell',
      process.env,
    ),
    limits: { concurrentRuns: 10, outputBytes: 1_000_000, artifactBytes: 1_000_000, keptRuns: 10 },
    now: () => time,
    onActivity: () => undefined,
  });

const task = newTask({ instruction: 'true' });
const directory = (): string => join(root, 'runs', task.invocationId);

/** A run that was recorded, and got no further than these files. */
function left(files: Readonly<Record<string, string>>, record = {}): void {
  mkdirSync(join(directory(), 'work'), { recursive: true });
  const { invocationId, taskId, attempt } = task;
  const running = { version: 1, invocationId, taskId, attempt, startedAt: 1, state: 'running' };
  const whole = { ...running, artifacts: [], receipts: [], ...record };
  for (const [name, text] of Object.entries({ 'run.json': JSON.stringify(whole), ...files })) {
    writeFileSync(join(directory(), name), text);
  }
}

async function restart(): Promise<void> {
  await runs.stop();
  runs = newRuns();
  await runs.recover();
}

async function eventsOf(run: Run | undefined): Promise<WorkerEvent[]> {
  const events: WorkerEvent[] = [];
  for await (const event of run?.events(0, AbortSignal.timeout(10_000)) ?? []) events.push(event);
  return events;
}

it('ends a run that was recorded before it had a file for its events', async () => {
  left({});
  await runs.recover();
  expect(await eventsOf(runs.get(task.invocationId))).toMatchObject([
    { seq: 1, type: 'ended', outcome: 'failed', error: { code: 'WORKER_RESTARTED' } },
  ]);
  expect((await runs.start(task)).state).toBe('failed');
});

const artifact = { name: 'a', mediaType: 'text/plain', size: 1, sha256: 'a'.repeat(64) };
const lines = (...events: object[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const collected = { seq: 1, at: 5, type: 'artifact', artifact };
const end = { seq: 2, at: 6, type: 'ended', outcome: 'succeeded', result: { text: 'x' } };

it.each([
  ['the record tells of no end', {}],
  ['the disk took only a part of the events', { state: 'failed', endedAt: 7 }],
])('takes the end that was told for the end, also where %s', async (_what, record) => {
  left({ 'events.jsonl': lines(collected, end) }, record);
  await runs.recover();
  const run = runs.get(task.invocationId);
  expect(run).toMatchObject({ state: 'succeeded', lastSeq: 2 });
  expect(await eventsOf(run)).toEqual([collected, end]);
  expect(run?.artifact('a')).toMatchObject(artifact);
  await restart();
  expect(runs.get(task.invocationId)).toMatchObject({ state: 'succeeded', lastSeq: 2 });
});

it('keeps what a run at work had told, and nothing of its work', async () => {
  left({ 'events.jsonl': `${lines(collected)}{"seq":2,"at":6,"type":"en`, output: 'half' });
  await runs.recover();
  const run = runs.get(task.invocationId);
  expect(await eventsOf(run)).toMatchObject([collected, { seq: 2, type: 'ended', outcome: 'failed' }]);
  expect(run?.artifact('a')).toMatchObject(artifact);
  expect(readdirSync(directory()).sort()).toEqual(['events.jsonl', 'run.json']);
});

it.each([
  ['is not readable', () => left({ 'run.json': '', output: 'half' })],
  [
    'was being forgotten',
    () => {
      left({ 'events.jsonl': lines(end) }, { state: 'succeeded', endedAt: 6 });
      mkdirSync(join(root, 'forgotten'));
      writeFileSync(join(root, 'forgotten', task.invocationId), '');
    },
  ],
])('keeps nothing of a run whose record %s, and does not run it again within a week', async (_what, leave) => {
  leave();
  await runs.recover();
  expect([runs.get(task.invocationId), readdirSync(join(root, 'runs'))]).toEqual([undefined, []]);
  time += 6 * 24 * HOUR;
  await restart();
  await expect(runs.start(task)).rejects.toThrow(RunRefused);
  time += 2 * 24 * HOUR;
  await runToTheEnd();
  expect(readdirSync(join(root, 'forgotten'))).toEqual([]);
  await restart();
  expect((await runs.start(task)).taskId).toBe(task.taskId);
});

it('gives up inputs of runs that were never begun after a day, while it works', async () => {
  await runs.recover();
  const piece = { path: 'a', sha256: 'a'.repeat(64), size: 2, offset: 0, bytes: Buffer.from('x') };
  await runs.putInput('invocation-of-nobody', piece);
  time += 25 * HOUR;
  await runToTheEnd();
  expect(readdirSync(join(root, 'inputs'))).toEqual([]);
});

/** Another one, and what comes after its end. */
async function runToTheEnd(): Promise<void> {
  await eventsOf(await runs.start(newTask({ instruction: 'true' })));
  await runs.stop();
}
