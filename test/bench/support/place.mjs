// A state directory of a benchmark's own with a configuration, the dispatchers that run on it, and clients of theirs.
// Whatever happens, its processes are ended and its directory is removed.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@agent-dispatch/core/dispatcher';
import { cache } from './disk.mjs';

const at = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const program = at('../../../core/dist/dispatcher-process.js');
const probe = at('./probe.mjs');
export const localProvider = at('../../../plugins/provider-local');
export const mcpServer = at('../../../plugins/mcp-server/bin/agentdispatch-mcp.js');

/** For profiles: AGENTDISPATCH_BENCH_NODE="--cpu-prof --cpu-prof-dir=.cache/profiles". */
const nodeOptions = process.env.AGENTDISPATCH_BENCH_NODE?.split(' ') ?? [];

const config = {
  plugins: [at('../noop-provider'), localProvider],
  accounts: { bench: { provider: 'bench' }, local: { provider: 'local' } },
  runtimes: {
    noop: {
      account: 'bench',
      driver: 'noop',
      capability: 'agent-runtime',
      target: { mode: 'runtime', protocol: 'stdio' },
    },
  },
  defaults: { runtime: 'noop' },
  limits: { maxConcurrent: 100_000 },
};

export class Place {
  #children = new Set();
  #clients = new Set();

  constructor() {
    this.root = mkdtempSync(path.join(cache, 'bench-'));
    this.stateDir = path.join(this.root, 'state');
    this.configFile = path.join(this.root, 'agentdispatch.config.json');
    mkdirSync(this.stateDir, { mode: 0o700 });
    writeFileSync(this.configFile, JSON.stringify({ ...config, stateDir: this.stateDir }));
    this.env = { PATH: process.env.PATH, HOME: this.root, XDG_DATA_HOME: this.root };
    // As a front door starts it (core/src/dispatcher/start-dispatcher.ts).
    this.dispatcherEnv = { ...this.env, UV_THREADPOOL_SIZE: '16' };
  }

  /** Starts a dispatcher on the directory. Resolves when it answers. */
  async dispatcher() {
    const errors = path.join(this.root, 'dispatcher.err');
    const stderr = openSync(errors, 'w');
    const args = [
      '--import',
      probe,
      ...nodeOptions,
      program,
      '--state-dir',
      this.stateDir,
      '--config',
      this.configFile,
    ];
    const stdio = ['ignore', 'ignore', stderr, 'pipe', 'ipc'];
    const child = this.start(args, { env: this.dispatcherEnv, stdio });
    closeSync(stderr);
    let text = '';
    for await (const chunk of child.stdio[3].setEncoding('utf8')) text += chunk;
    if (text !== '{"status":"ready"}') throw new Error(`no dispatcher: ${text} ${readFileSync(errors, 'utf8')}`);
    return new Dispatcher(child);
  }

  /** A front door's own client, connected. */
  async client() {
    const client = await connect({
      configPath: this.configFile,
      cwd: this.root,
      env: this.env,
      bundledPlugins: [],
      clientName: 'bench',
    });
    this.#clients.add(client);
    return client;
  }

  /** A Node process that ends with this place, if not before. */
  start(args, options) {
    const child = spawn(process.execPath, args, { cwd: this.root, env: this.env, ...options });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  async end() {
    for (const client of this.#clients) await client.close();
    await Promise.all([...this.#children].map(killed));
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}

export class Dispatcher {
  #child;

  constructor(child) {
    this.#child = child;
  }

  /** Syncs so far, memory in bytes, processor time in milliseconds. */
  async look() {
    const answer = new Promise((resolve) => this.#child.once('message', resolve));
    this.#child.send('look');
    return await answer;
  }

  async kill() {
    await killed(this.#child);
  }

  /** In order: profiles are written. */
  async stop() {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

function killed(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  return ended;
}

/** Gives `work` a place of its own. */
export async function within(work) {
  const place = new Place();
  const stop = (signal) => {
    void place.end().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    await work(place);
  } finally {
    await place.end();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
