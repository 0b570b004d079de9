import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startDispatcher, type StartOptions } from './start-dispatcher.js';
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

/** Starts a program that runs the code, and then goes on. It reports what the code does, which is nothing as a rule. */
async function start(code: string, reportMs: number, more: Partial<StartOptions> = {}): Promise<void> {
  const program = path.join(stateDir, 'program.mjs');
  await writeFile(
    program,
    `import { closeSync, writeFileSync } from 'node:fs';
    const write = (name, text) => writeFileSync(${JSON.stringify(stateDir)} + '/' + name, text);
    write('pid', String(process.pid));
    ${code}
    setInterval(() => {}, 1000);`,
  );
  const options = { program, stateDir, cwd: stateDir, bundledPlugins: [], env: process.env };
  await startDispatcher({ ...options, reportMs, ...more });
}

describe('a dispatcher that does not report in time', () => {
  it('is left to open the state directory when it holds it', async () => {
    await start("write('epoch.1', JSON.stringify({ epoch: 1, incarnation: 'i', pid: process.pid }));", 5000);
  });

  it('has not started when it does not', async () => {
    await expect(start('', 100)).rejects.toMatchObject({ code: 'AD_DISPATCHER_START' });
  });
});

describe('the environment of a dispatcher', () => {
  const env = { ...process.env, OTEL_SERVICE_NAME: 'ours', OTHER: 'x' };
  const given = async (telemetry?: boolean): Promise<NodeJS.ProcessEnv> => {
    const report = `writeFileSync(3, '{"status":"ready"}'); closeSync(3);`;
    await start(`write('env', JSON.stringify(process.env)); ${report}`, 30_000, {
      env,
      ...(telemetry !== undefined && { telemetry }),
    });
    return JSON.parse(await readFile(path.join(stateDir, 'env'), 'utf8')) as NodeJS.ProcessEnv;
  };

  it('has what programs need, and the variables of telemetry where the configuration names some', async () => {
    const { PATH, OTEL_SERVICE_NAME, OTHER } = await given(true);
    expect([PATH, OTEL_SERVICE_NAME, OTHER]).toEqual([process.env['PATH'], 'ours', undefined]);
  });

  it('has none of telemetry where it names none', async () => {
    expect(await given()).not.toHaveProperty('OTEL_SERVICE_NAME');
  });
});
