// One test's own home: directories, configuration and environment. Ends with the dispatcher stopped and the proof that
// no process which was started from here, at whatever remove, is left.
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configOf, stopDispatcher } from '@agent-dispatch/core/dispatcher';
import type { Config } from '@agent-dispatch/schemas';
import { processesWith, untilGone } from './processes.js';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

type Environment = Record<string, string>;

export class Place {
  readonly #ends: (() => unknown)[] = [];

  /** @param root absolute, with symbolic links resolved. */
  private constructor(readonly root: string) {}

  /** The home is empty but for the configuration. */
  static async make(config: Config | undefined): Promise<Place> {
    const place = new Place(await realpath(await mkdtemp(path.join(tmpdir(), 'ad-e2e-'))));
    await mkdir(place.path('bin'));
    if (config !== undefined) await place.configure(config);
    return place;
  }

  get configFile(): string {
    return this.path('agentdispatch.config.json');
  }

  path(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /**
   * The environment of the front doors. All that they start inherits PATH, so the first directory in it, which is
   * empty, tells whose the processes are.
   */
  get env(): Environment {
    return {
      PATH: [this.path('bin'), path.dirname(process.execPath), process.env['PATH'] ?? ''].join(path.delimiter),
      HOME: this.root,
      TMPDIR: tmpdir(),
      NO_COLOR: '1',
    };
  }

  async configure(config: Config): Promise<void> {
    await this.write('agentdispatch.config.json', JSON.stringify(config, null, 2));
  }

  async write(name: string, content: string): Promise<string> {
    const file = this.path(name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  /** Done after the dispatcher has stopped, the latest first. */
  atEnd(act: () => unknown): void {
    this.#ends.unshift(act);
  }

  async stateDir(): Promise<string> {
    return (await configOf(this.#options())).stateDir;
  }

  stopDispatcher(): Promise<boolean> {
    return stopDispatcher(this.#options());
  }

  /** Whatever the test did. @throws when a process is left over; it is ended first. */
  async end({ dispatcher = true }: { dispatcher?: boolean } = {}): Promise<void> {
    if (dispatcher) await this.stopDispatcher();
    for (const act of this.#ends.splice(0)) await act();
    const left = await untilGone(() => processesWith(this.path('bin')));
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    await rm(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    if (left.length > 0) throw new Error(`still running: ${left.map(({ command }) => command).join('\n')}`);
  }

  #options(): Parameters<typeof stopDispatcher>[0] {
    return { cwd: this.root, env: this.env, bundledPlugins: [path.join(repository, 'plugins/provider-local')] };
  }
}
