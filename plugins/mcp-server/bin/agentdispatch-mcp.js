#!/usr/bin/env node
// Starts the MCP server: from the bundle, which loads twice as fast, or from the compiled modules where none was made.
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/bundle/main.js', import.meta.url);
const program = existsSync(bundle) ? bundle : new URL('../dist/main.js', import.meta.url);
const { main } = await import(program.href);

// Exits at once: the signal handler, an open stdin or a connection must not hold a server whose client is gone.
process.exit(await main(process.argv.slice(2)));
