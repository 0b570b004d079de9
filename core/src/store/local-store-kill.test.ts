import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { LocalStore } from './local-store.js';

const ROUNDS = 30;
const ORDER = ['queued', 'running', 'succeeded'];

let directory: string;
let program: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-kill-'));
  program = join(directory, 'ack-writer.mjs');
  const source = fileURLToPath(new URL('./testdata/ack-writer.ts', import.meta.url));
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});
afterAll(() => rm(directory, { recursive: true }));

/** Runs the writer until it has acknowledged so much, kills it, and notes everything it said. */
async function runAndKill(stateDir: string, lines: number, acknowledged: Map<string, string>): Promise<void> {
  const child = spawn(process.execPath, [program, stateDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [taskId = '', status = ''] = line.split(' ');
    if (ORDER.includes(status)) acknowledged.set(taskId, status);
    if (++seen === lines) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
}

describe('kill -9 of the writer', () => {
  it(`loses nothing acknowledged in ${ROUNDS} rounds on one directory`, async () => {
    const stateDir = join(directory, 'state');
    const acknowledged = new Map<string, string>();
    for (let round = 1; round <= ROUNDS; round++) {
      await runAndKill(stateDir, 1 + ((round * 37) % 120), acknowledged);
    }
    const store = new LocalStore({ stateDir, clock: { now: () => Date.now() } });
    await store.open();
    expect(acknowledged.size).toBeGreaterThan(ROUNDS);
    for (const [taskId, status] of acknowledged) {
      const task = await store.get(taskId);
      expect(ORDER.indexOf(task?.record.status ?? '')).toBeGreaterThanOrEqual(ORDER.indexOf(status));
      expect(await store.readEvents(taskId, 0, 10)).toHaveLength(task?.lastSeq ?? -1);
    }
    await store.close();
  }, 120_000);
});
