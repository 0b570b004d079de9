// Work that a shell does, and that writes down who began it: local-work.sh, wherever it runs.
import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import { type Place, repository } from '../../e2e/support/place.js';
import { Changes } from '../../fakes/agentcore/changes.js';
import type { Fate, Plan } from './world.js';

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

export class ShellWork {
  readonly command: readonly string[];
  readonly #marks: string;
  readonly #changes = new Changes();

  /** @param timeoutSeconds of tasks that are to outlive them. */
  constructor(
    place: Place,
    private readonly timeoutSeconds: number,
  ) {
    this.#marks = place.path('marks');
    mkdirSync(this.#marks);
    this.command = ['/bin/sh', SCRIPT, this.#marks];
    const watcher = watch(this.#marks, () => this.#changes.notify());
    place.atEnd(() => watcher.close());
  }

  plan(index: number): Plan {
    const fate = FATES[index % FATES.length] as Fate;
    return { index, fate, ...(fate === 'timeout' && { timeoutSeconds: this.timeoutSeconds }) };
  }

  request = ({ index, fate }: Plan): { instruction: string } => ({ instruction: `${String(index)} ${fate}` });
  starts = (plan: Plan): number => this.#startsOf(plan).length;
  begun = (plan: Plan): Promise<void> => this.#changes.when(() => this.starts(plan) > 0);

  /** Of the first start: the work's own process, and its parent. */
  pids = (plan: Plan): readonly number[] => this.#startsOf(plan)[0]?.split(' ').map(Number) ?? [];

  output = ({ index }: Plan): string =>
    [1, 2, 3, 4, 5].map((line) => `line ${String(line)} of ${String(index)}\n`).join('');

  #startsOf({ index }: Plan): string[] {
    const file = path.join(this.#marks, String(index));
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }
}
