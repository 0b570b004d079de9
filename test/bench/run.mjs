// npm run bench [-- --quick] [runs]: every benchmark in this folder in turn, on the built packages. Prints their figures
// and writes them, with the machine they were taken on, to .cache/bench.json. Judges nothing: bars stand beside the
// figures. A benchmark that fails is told at the end, after the others.
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cache, medium, plainSyncs, syncFigures } from './support/disk.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const benchmarks = readdirSync(folder).filter((name) => name.endsWith('.mjs') && name !== 'run.mjs');

const machine = {
  node: process.version,
  platform: process.platform,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  load: loadavg()[0],
  medium: medium(),
  plainSyncs: syncFigures(await plainSyncs(500, 2_000)),
};
console.log(JSON.stringify(machine));

const figures = [];
const failed = [];
for (const name of benchmarks) {
  const { code, lines } = await run(name);
  figures.push(...lines.map((line) => JSON.parse(line)));
  if (code !== 0) failed.push(name);
}
const at = new Date().toISOString();
writeFileSync(path.join(cache, 'bench.json'), `${JSON.stringify({ at, machine, failed, figures }, null, 2)}\n`);
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

/** Its figures are shown as they come. */
function run(name) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(folder, name), ...process.argv.slice(2)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      process.stdout.write(chunk);
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, lines: text.split('\n').slice(0, -1) }));
  });
}
