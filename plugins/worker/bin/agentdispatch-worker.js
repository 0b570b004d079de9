#!/usr/bin/env node
// Starts the worker: from the bundle, which loads faster, or from the compiled modules where none was made.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// Small rather than fast: under a flood of output the heap would grow to more than the program itself takes, and stay so.
for (const flag of ['--semi-space-growth-factor=1', '--heap-growing-percent=10', '--optimize-for-size']) {
  setFlagsFromString(flag);
}

const bundle = new URL('../dist/bundle/main.js', import.meta.url);
const program = existsSync(bundle) ? bundle : new URL('../dist/main.js', import.meta.url);
const { main } = await import(program.href);

process.exit(await main(process.argv.slice(2)));
