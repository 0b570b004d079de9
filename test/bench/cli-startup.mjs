// How long `agentdispatch --version` and `agentdispatch status <id>` take above a bare `node -e 0`, in turns.
// node test/bench/cli-startup.mjs [runs]   prints one JSON object per command; builds nothing.
// Works in a directory of its own beside this file: on disk, where temporary directories may be in memory.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { isQuick, numbersAsked } from './support/figures.mjs';

const [runs] = numbersAsked(isQuick ? 7 : 25);
const bar = { aboveBareNode: 70 };
const program = fileURLToPath(new URL('../../cli/bin/agentdispatch.js', import.meta.url));
const cache = fileURLToPath(new URL('../../.cache', import.meta.url));
mkdirSync(cache, { recursive: true });
const directory = mkdtempSync(path.join(cache, 'bench-'));
const env = { ...process.env, HOME: directory, XDG_DATA_HOME: directory };

try {
  writeConfig();
  const taskId = endedTask();
  await measure('agentdispatch --version', ['--version']);
  await measure('agentdispatch status <id>', ['status', taskId]);
} finally {
  agentdispatch(['dispatcher', 'stop']);
  rmSync(directory, { recursive: true, force: true });
}

async function measure(name, args) {
  const samples = { command: [], node: [] };
  await elapsed([program, ...args]); // fills the file cache
  for (let run = 0; run < runs; run += 1) {
    samples.node.push(await elapsed(['-e', '0']));
    samples.command.push(await elapsed([program, ...args]));
  }
  const value = median(samples.command);
  const aboveBareNode = value - median(samples.node);
  console.log(
    JSON.stringify({
      name,
      unit: 'ms',
      value: round(value),
      minimum: round(Math.min(...samples.command)),
      bareNode: round(median(samples.node)),
      bareNodeMinimum: round(Math.min(...samples.node)),
      aboveBareNode: round(aboveBareNode),
      bar,
      withinBar: aboveBareNode <= bar.aboveBareNode,
      runs,
      node: process.version,
      command: `node test/bench/cli-startup.mjs ${String(runs)}`,
    }),
  );
}

function writeConfig() {
  agentdispatch(['init', '--yes']);
  // What a project around it usually has, so that the search for the configuration has something to pass.
  writeFileSync(path.join(directory, 'package.json'), '{ "name": "bench" }\n');
}

function endedTask() {
  const id = agentdispatch(['run', '--command', '--', process.execPath, '-e', '0']).trim();
  agentdispatch(['wait', id, '--timeout', '60']);
  return id;
}

function agentdispatch(args) {
  return execFileSync(process.execPath, [program, ...args], {
    cwd: directory,
    env,
    encoding: 'utf8',
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function elapsed(args) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, args, { cwd: directory, env, stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(performance.now() - start);
      else reject(new Error(`${args.join(' ')} ended with ${String(code)}`));
    });
  });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function round(value) {
  return Math.round(value * 100) / 100;
}
