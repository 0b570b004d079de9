// This machine as the cloud: children of provider-local, which count themselves. Whatever is killed there, the outcome
// can always be known, because the supervisor's and the work's traces stay on the disk.
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import { Place, repository } from '../../e2e/support/place.js';
import { Changes } from '../../fakes/agentcore/changes.js';
import type { Fate, Plan, World } from './world.js';

const SCRIPT = path.join(repository, 'test/chaos/support/local-work.sh');
/** By turns. */
const FATES: readonly Fate[] = [
  ...([
    'end',
    'kill-work',
    'cancel',
    'end',
    'timeout',
    'end',
    'kill-supervisor',
    'end',
    'cancel-at-once',
    'fail',
  ] as const),
];
const TIMEOUT_SECONDS = 5;

export class LocalWorld implements World {
  readonly #killed = { work: 0, supervisor: 0 };

  private constructor(
    readonly place: Place,
    private readonly changes: Changes,
  ) {}

  static async make(): Promise<LocalWorld> {
    const place = await Place.make(undefined);
    const marks = place.path('marks');
    mkdirSync(marks);
    await place.configure({
      accounts: { here: { provider: 'local' } },
      runtimes: {
        work: {
          account: 'here',
          driver: 'process',
          capability: 'agent-runtime',
          target: { mode: 'runtime', protocol: 'stdio', details: { command: ['/bin/sh', SCRIPT, marks] } },
        },
      },
      defaults: { runtime: 'work' },
      limits: { maxConcurrent: 10 },
    });
    const changes = new Changes();
    const watcher = watch(marks, () => changes.notify());
    place.atEnd(() => watcher.close());
    return new LocalWorld(place, changes);
  }

  plan(index: number): Plan {
    const fate = FATES[index % FATES.length] as Fate;
    return { index, fate, ...(fate === 'timeout' && { timeoutSeconds: TIMEOUT_SECONDS }) };
  }

  request = ({ index, fate }: Plan): { instruction: string } => ({ instruction: `${String(index)} ${fate}` });

  starts = (plan: Plan): number => this.#marks(plan).length;

  begun = (plan: Plan): Promise<void> => this.changes.when(() => this.starts(plan) > 0);

  kill(plan: Plan): void {
    const [work, supervisor] = this.#marks(plan)[0]?.split(' ').map(Number) ?? [];
    const kind = plan.fate === 'kill-work' ? 'work' : 'supervisor';
    process.kill((kind === 'work' ? work : supervisor) as number, 'SIGKILL');
    this.#killed[kind] += 1;
  }

  output = ({ index }: Plan): string =>
    [1, 2, 3, 4, 5].map((line) => `line ${String(line)} of ${String(index)}\n`).join('');

  failure({ fate }: Plan): Record<string, unknown> | undefined {
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

  #marks({ index }: Plan): string[] {
    const file = this.place.path('marks', String(index));
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }
}
