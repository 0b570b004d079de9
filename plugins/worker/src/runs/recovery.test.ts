// A worker over what one left that was killed between any two steps: each state of the disk is made by hand.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { WorkerEvent } from '@agent-dispatch/schemas';
import { Agents } from '../agents/agents.js';
import { newTask } from '../testdata/test-worker.js';
import { LocalRuns } from './local-runs.js';
import type { Run } from './run.js';

let root: string;
let runs: LocalRuns;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'recovery-')));
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
    agents: new Agents(
      new Map([['shell', { command: ['/bin/sh'], input: 'text', output: 'text' }]]),
      'shell',
      process.env,
    ),
    limits: { concurrentRuns: 10, outputBytes: 1_000_000, keptRuns: 10 },
    now: Date.now,
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
