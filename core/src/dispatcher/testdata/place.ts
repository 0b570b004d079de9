// A directory with a configuration, for front doors and dispatchers as real processes. Needs the built packages, as every
// front door does.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, dispatcherStatus, stopDispatcher, type ConnectOptions } from '../../connect.js';
import type { ControlPlane, DispatchOutcome } from '../../control-plane.js';
import { isAlive, type ProcessIdentity } from '../../store/process-identity.js';

export const TIMEOUT_MS = 120_000;
const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const frontDoor = path.join(repository, 'core/src/dispatcher/testdata/front-door.mjs');

/** An agent that waits until the file exists that its argument names, and then says so; or until its place is removed. */
const agent = `
  const { existsSync } = require('node:fs');
  const { dirname } = require('node:path');
  const [, go] = process.argv;
  process.stdin.resume();
  setInterval(() => {
    if (existsSync(go)) console.log('seen');
    if (existsSync(go) || !existsSync(dirname(go))) process.exit();
  }, 20);`;

/** What a front door in a process of its own tells. */
export interface Said {
  error?: { code: string; message: string; hint: string };
  pid?: number;
  task_id?: string;
}

export interface FrontDoorOptions {
  engine?: 'inline';
  /** Spawns it and waits for its end. Without it the front door ends when it is connected. */
  instruction?: string;
  uid?: number;
  /** A program with arguments that starts it. */
  through?: readonly string[];
}

export interface FrontDoor {
  child: ChildProcess;
  said: Promise<Said>;
  ended: Promise<unknown>;
}

export class DispatcherPlace {
  readonly #open: ControlPlane[] = [];
  readonly #children: ChildProcess[] = [];

  private constructor(
    readonly root: string,
    readonly options: ConnectOptions,
  ) {}

  /** @param more is put over the configuration. */
  static async make(more: Record<string, unknown> = {}): Promise<DispatcherPlace> {
    const root = await realpath(await mkdtemp(path.join(tmpdir(), 'ad-')));
    const place = new DispatcherPlace(root, {
      configPath: path.join(root, 'agentdispatch.config.json'),
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: root },
      bundledPlugins: [path.join(repository, 'plugins', 'provider-local')],
      clientName: 'test',
    });
    await place.configure(more);
    return place;
  }

  get stateDir(): string {
    return path.join(this.root, '.agentdispatch');
  }

  async configure(more: Record<string, unknown> = {}): Promise<void> {
    const command = [process.execPath, '-e', agent, path.join(this.root, 'go')];
    const waiting = { account: 'here', target: { mode: 'runtime', protocol: 'stdio', details: { command } } };
    const config = { accounts: { here: { provider: 'local' } }, runtimes: { waiting }, ...more };
    await writeFile(this.options.configPath as string, JSON.stringify(config));
  }

  async connect(more: Partial<ConnectOptions> = {}): Promise<ControlPlane> {
    const controlPlane = await connect({ ...this.options, ...more });
    this.#open.push(controlPlane);
    return controlPlane;
  }

  /** Ends the connections that the test made so far. */
  async disconnect(): Promise<void> {
    for (const controlPlane of this.#open.splice(0)) await controlPlane.close();
  }

  /** A front door in a process of its own. */
  frontDoor({ uid, through = [], ...more }: FrontDoorOptions = {}): FrontDoor {
    const { configPath, bundledPlugins } = this.options;
    const given = JSON.stringify({ configPath, bundledPlugins, ...more });
    const [program, ...args] = [...through, process.execPath, frontDoor, given];
    const child = spawn(program, args, {
      cwd: this.root,
      env: { PATH: process.env['PATH'], HOME: this.root },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(uid !== undefined && { uid, gid: uid }),
    });
    this.#children.push(child);
    const ended = once(child, 'close');
    const said = once(child.stdout, 'data').then(([chunk]) => JSON.parse(String(chunk)) as Said);
    return { child, said, ended };
  }

  /** Of the dispatcher; 0 when none answers. */
  async pid(): Promise<number> {
    return (await dispatcherStatus(this.options))?.pid ?? 0;
  }

  /** A task that goes on until `go`. */
  async spawnWaiting(controlPlane: ControlPlane): Promise<string> {
    return taskIdOf(await controlPlane.spawn({ runtime: 'waiting', instruction: 'wait' }));
  }

  /** Lets waiting tasks end, and gives how this one did. */
  async finish(controlPlane: ControlPlane, taskId: string): ReturnType<ControlPlane['get']> {
    await this.go();
    const { done } = await controlPlane.wait({ task_ids: [taskId], timeout_seconds: 50 });
    if (done[0] === undefined) throw new Error(`task ${taskId} has not ended`);
    return done[0];
  }

  go(): Promise<void> {
    return writeFile(path.join(this.root, 'go'), '');
  }

  /** Names in the state directory that match. */
  async names(pattern: RegExp): Promise<string[]> {
    return existsSync(this.stateDir) ? (await readdir(this.stateDir)).filter((name) => pattern.test(name)).sort() : [];
  }

  async socket(): Promise<string> {
    const [name = ''] = await this.names(/\.sock$/);
    return path.join(this.stateDir, name);
  }

  /** What the epoch file says of the owner. */
  async owner(): Promise<ProcessIdentity & Record<string, unknown>> {
    const highest = (await this.names(/^epoch\.\d+$/)).at(-1) ?? '';
    return JSON.parse(readFileSync(path.join(this.stateDir, highest), 'utf8')) as ProcessIdentity &
      Record<string, unknown>;
  }

  get log(): string {
    const file = path.join(this.stateDir, 'dispatcher.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async end(): Promise<void> {
    await this.disconnect();
    for (const child of this.#children) child.kill('SIGKILL');
    await this.go();
    await this.configure();
    await stopDispatcher(this.options, true);
    // A dispatcher that just ended may have been writing its last lines.
    await rm(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

export const taskIdOf = (outcome: DispatchOutcome): string => {
  if (!('task_id' in outcome)) throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.task_id;
};

const UNTIL_MS = 60_000;

/** Waits for a condition. @throws when it does not come about. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + UNTIL_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await delay(20);
  }
}

export const untilDead = (process: ProcessIdentity): Promise<void> =>
  until(`process ${process.pid} ends`, () => isAlive(process) === 'dead');
