#!/usr/bin/env node
// Starts the worker: from the bundle, which loads faster, or from the compiled modules where none was made.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// The space for young objects stays as small as it begins: under a flood of output it would grow to 48 MB and stay so.
setFlagsFromString('--semi-space-growth-factor=1');

const bundle = new URL('../dist/bundle/main.js', import.meta.url);
const program = existsSync(bundle) ? bundle : new URL('../dist/main.js', import.meta.url);
const { main } = await import(program.href);

process.exit(await main(process.argv.slice(2)));
