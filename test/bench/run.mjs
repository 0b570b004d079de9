// npm run bench [runs]: every benchmark in this folder in turn, on the built packages. Prints their figures and writes
// them, with the machine they were taken on, to .cache/bench.json. Judges nothing: bars stand beside the figures.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(folder, '..', '..');
const benchmarks = readdirSync(folder).filter((name) => name.endsWith('.mjs') && name !== 'run.mjs');

const figures = benchmarks.flatMap((name) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(folder, name), ...process.argv.slice(2)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
  process.stdout.write(stdout);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
});

const machine = {
  node: process.version,
  platform: process.platform,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  load: loadavg()[0],
};
mkdirSync(path.join(root, '.cache'), { recursive: true });
writeFileSync(
  path.join(root, '.cache', 'bench.json'),
  `${JSON.stringify({ at: new Date().toISOString(), machine, figures }, null, 2)}\n`,
);
