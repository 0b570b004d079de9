#!/usr/bin/env node
// Looks at the arguments before anything is imported: --version and status are answered from small modules, everything
// else goes to the command framework, which takes several times as long to load.
import { readFileSync } from 'node:fs';

const [command, ...rest] = process.argv.slice(2);
const version = () => JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

if (command === '--version' && rest.length === 0) {
  process.stdout.write(`agentdispatch/${version()} ${process.platform}-${process.arch} node-${process.version}\n`);
} else if (command !== 'status' || !(await answeredQuickly(rest))) {
  const { main } = await import('../dist/main.js');
  await main(process.argv.slice(2));
}

async function answeredQuickly(args) {
  const { quickStatus } = await import('../dist/bundle/quick-status.js');
  return quickStatus(args, version());
}
