// npm run demo: the main job on the embedded default, from a fresh clone.
import { spawnSync } from 'node:child_process';
import { root, setUp } from './steps.mjs';

if (setUp({ quiet: true })) {
  const demo = spawnSync(process.execPath, ['plugins/mcp-server/demo/demo.mjs', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = demo.status ?? 1;
} else {
  process.exitCode = 1;
}
