import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startDispatcher } from './start-dispatcher.js';
import { until } from './testdata/place.js';

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'start-'));
});
afterEach(async () => {
  await until('the program runs', () => existsSync(path.join(stateDir, 'pid')));
  process.kill(Number(await readFile(path.join(stateDir, 'pid'), 'utf8')), 'SIGKILL');
  await rm(stateDir, { recursive: true });
});

/** Starts a program that reports nothing: it runs the code, and then goes on. */
async function start(code: string, reportMs: number): Promise<void> {
  const program = path.join(stateDir, 'program.mjs');
  await writeFile(
    program,
    `import { writeFileSync } from 'node:fs';
    const write = (name, text) => writeFileSync(${JSON.stringify(stateDir)} + '/' + name, text);
    write('pid', String(process.pid));
    ${code}
    setInterval(() => {}, 1000);`,
  );
  const options = { program, stateDir, cwd: stateDir, bundledPlugins: [], env: process.env };
  await startDispatcher({ ...options, reportMs });
}

describe('a dispatcher that does not report in time', () => {
  it('is left to open the state directory when it holds it', async () => {
    await start("write('epoch.1', JSON.stringify({ epoch: 1, incarnation: 'i', pid: process.pid }));", 5000);
  });

  it('has not started when it does not', async () => {
    await expect(start('', 100)).rejects.toMatchObject({ code: 'AD_DISPATCHER_START' });
  });
});
