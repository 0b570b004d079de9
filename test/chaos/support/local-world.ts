// This machine as the cloud: children of provider-local, which count themselves. Whatever is killed there, the outcome
// can always be known, because the supervisor's, the worker's and the work's traces stay on the disk.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Protocol } from '@agent-dispatch/schemas';
import { Place } from '../../e2e/support/place.js';
import { ShellWork } from './shell-work.js';
import type { Plan, World } from './world.js';

const TIMEOUT_SECONDS = 5;

export class LocalWorld implements World {
  readonly #killed = { work: 0, supervisor: 0 };

  private constructor(
    readonly place: Place,
    private readonly work: ShellWork,
    private readonly protocol: 'stdio' | Protocol,
  ) {}

  /** @param protocol stdio: under the shim alone; any other: through a worker. */
  static async make(protocol: 'stdio' | Protocol): Promise<LocalWorld> {
    const place = await Place.make(undefined);
    const work = new ShellWork(place, TIMEOUT_SECONDS);
    await place.configure({
      accounts: { here: { provider: 'local' } },
      runtimes: {
        work: {
          account: 'here',
          driver: 'process',
          capability: 'agent-runtime',
          target: { mode: 'runtime', protocol, details: { command: work.command } },
        },
      },
      defaults: { runtime: 'work' },
      limits: { maxConcurrent: 10 },
    });
    return new LocalWorld(place, work, protocol);
  }

  plan = (index: number): Plan => this.work.plan(index);
  request = (plan: Plan): { instruction: string } => this.work.request(plan);
  starts = (plan: Plan): number => this.work.starts(plan);
  begun = (plan: Plan): Promise<void> => this.work.begun(plan);
  output = (plan: Plan): string => this.work.output(plan);

  kill(plan: Plan): void {
    const [work, supervisor] = this.work.pids(plan);
    const kind = plan.fate === 'kill-work' ? 'work' : 'supervisor';
    process.kill((kind === 'work' ? work : supervisor) as number, 'SIGKILL');
    this.#killed[kind] += 1;
  }

  failure({ fate }: Plan): Record<string, unknown> | undefined {
    const told = this.toldByShim(fate);
    // A worker tells less of what it saw.
    return told && this.protocol !== 'stdio' ? { error: { code: 'AD_TASK_FAILED' } } : told;
  }

  private toldByShim(fate: Plan['fate']): Record<string, unknown> | undefined {
    switch (fate) {
      case 'fail':
        return { exit_code: 3, error: { code: 'AD_TASK_FAILED', details: { exitCode: 3 } } };
      case 'kill-work':
        return { error: { code: 'AD_TASK_FAILED', details: { signal: 'SIGKILL' } } };
      case 'kill-supervisor':
        return { error: { code: 'AD_TASK_FAILED', details: { killed: true } } };
      default:
        return undefined;
    }
  }

  whyUnknowable = (): undefined => undefined;

  async leaks(): Promise<string[]> {
    const attempts = readdirSync(await this.place.stateDir(), { recursive: true, encoding: 'utf8' });
    return attempts.filter((name) => path.basename(path.dirname(name)) === 'attempts');
  }

  figures = (): Record<string, unknown> => ({ childrenKilled: this.#killed });
}
