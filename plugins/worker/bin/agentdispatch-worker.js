#!/usr/bin/env node
// Starts the worker.
import { main } from '../dist/main.js';

process.exit(await main(process.argv.slice(2)));
