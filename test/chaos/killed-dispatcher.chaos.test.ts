// Dispatchers are killed again and again while tasks are accepted, run, are cancelled and end. What became of each task
// is counted by the tasks themselves, in files that nobody else writes. Kills come after acknowledgements and endings,
// by a seeded choice, so that no test waits for a time.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connect, dispatcherStatus, type ConnectOptions } from '@agent-dispatch/core/dispatcher';
import { isDispatchError } from '@agent-dispatch/core/errors';
import type { ControlPlane } from '@agent-dispatch/core';
import type { TaskView } from '@agent-dispatch/schemas';
import { Place, repository } from '../e2e/support/place.js';

const TASKS = Number(process.env['AGENTDISPATCH_CHAOS_TASKS'] ?? 24);
const SEED = Number(process.env['AGENTDISPATCH_CHAOS_SEED'] ?? Date.now() % 100_000);
/** One in so many acknowledgements and endings is followed by a kill. */
const KILL_EVERY = 4;
const TEST_MS = 30_000 + TASKS * 5_000;

const LINES = ['line 1', 'line 2', 'line 3', 'line 4', 'line 5'];
const work = `
  const fs = require('node:fs');
  fs.appendFileSync(process.env.STARTS, 'started\\n');
  const lines = ${JSON.stringify(LINES)};
  const next = () => {
    const line = lines.shift();
    if (line === undefined) return;
    console.log(line);
    setTimeout(next, 60);
  };
  next();`;

/** mulberry32: small, seeded, good enough to choose whom to kill. */
function chooser(seed: number): (oneIn: number) => boolean {
  let state = seed;
  return (oneIn) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % oneIn === 0;
  };
}

let place: Place;
let options: ConnectOptions;
let plane: ControlPlane;
let kills = 0;

beforeEach(async () => {
  place = await Place.make({ accounts: { here: { provider: 'local' } }, limits: { maxConcurrent: 8 } });
  mkdirSync(place.path('starts'));
  options = {
    configPath: place.configFile,
    cwd: place.root,
    env: place.env,
    bundledPlugins: [path.join(repository, 'plugins/provider-local')],
    clientName: 'chaos',
  };
  plane = await connect(options);
});
afterEach(async () => {
  await plane.close();
  await place.end();
}, TEST_MS);

async function killDispatcher(): Promise<void> {
  const status = await dispatcherStatus(options).catch(unlessUnreachable);
  if (status === undefined) return;
  process.kill(status.pid, 'SIGKILL');
  kills += 1;
}

/** What a front door is told while dispatchers die under it: call again. */
function unlessUnreachable(error: unknown): undefined {
  const passing = ['AD_DISPATCHER_UNREACHABLE', 'AD_DISPATCHER_START', 'AD_STORE_SESSION_LOST'];
  if (isDispatchError(error) && passing.includes(error.code)) return undefined;
  throw error;
}

/** Until there is an answer. */
async function again<Value>(call: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await call().catch(unlessUnreachable);
    if (value !== undefined) return value;
  }
}

const startsFile = (index: number): string => place.path('starts', String(index));

const dispatch = (index: number): Promise<string> =>
  again(async () => {
    const outcome = await plane.dispatch({
      provider: 'local',
      account_profile: 'here',
      capability: 'agent-runtime',
      task_type: 'command.run',
      target: { mode: 'runtime', protocol: 'stdio' },
      input: { command: [process.execPath, '-e', work], environment: { STARTS: startsFile(index) } },
      idempotency_key: `task-${index}`,
    });
    return (outcome as TaskView).task_id;
  });

const ended = (taskId: string): Promise<TaskView> =>
  again(async () => {
    const { done } = await plane.wait({ task_ids: [taskId], timeout_seconds: 20 });
    return done[0];
  });

const cleaned = (taskId: string): Promise<TaskView> =>
  again(async () => {
    const view = await plane.get({ task_id: taskId });
    return view.cleanup === 'pending' ? undefined : view;
  });

it(
  'no task is forgotten, stuck, started twice or leaked, however often the dispatcher is killed',
  async () => {
    const chosen = chooser(SEED);
    const tasks: { index: number; taskId: string; isCancelled: boolean }[] = [];
    for (let index = 0; index < TASKS; index += 1) {
      const taskId = await dispatch(index);
      const isCancelled = index % 6 === 5;
      if (isCancelled) await again(() => plane.cancel({ task_id: taskId }));
      tasks.push({ index, taskId, isCancelled });
      if (chosen(KILL_EVERY)) await killDispatcher();
    }
    for (const { index, taskId, isCancelled } of tasks) {
      const { status } = await ended(taskId);
      if (chosen(KILL_EVERY)) await killDispatcher();
      const starts = existsSync(startsFile(index)) ? readFileSync(startsFile(index), 'utf8') : '';
      const { entries } = await again(() => plane.logs({ task_id: taskId, limit: 1000 }));
      const output = entries.map(({ text }) => text).join('');
      const told = { seed: SEED, index, status, starts, output };
      if (status === 'cancelled' && isCancelled) expect(['', 'started\n']).toContain(starts);
      else
        expect(told).toEqual({
          seed: SEED,
          index,
          status: 'succeeded',
          starts: 'started\n',
          output: `${LINES.join('\n')}\n`,
        });
      expect(await cleaned(taskId)).toMatchObject({ cleanup: expect.stringMatching(/^(done|none)$/) });
    }
    expect({ seed: SEED, kills: kills > 0 }).toEqual({ seed: SEED, kills: true });
    const { tasks: open } = await again(() => plane.list({ status: ['open'] }));
    expect(open).toEqual([]);
  },
  TEST_MS,
);
