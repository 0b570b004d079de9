// The agent that runs in the fake cloud's microVMs: counts each call it gets, prints, and ends as its prompt says.
import { type Agent, sse } from '../../fakes/agentcore/index.js';
import { Changes } from '../../fakes/agentcore/changes.js';
import type { Fate, Plan } from './world.js';

const LINES = [1, 2, 3, 4];
const BEAT_MS = 50;

/** As it stands in the prompt. */
export const promptOf = ({ index, fate }: Plan): string => `${String(index)} ${fate}`;

const GIVE_UP = { error: 'the agent gave up' };

const linesOf = (index: number): string[] => LINES.map((line) => `line ${String(line)} of ${String(index)}\n`);

/** As the log has it: a failure that the agent tells of is part of what it says. */
export const outputOf = ({ index, fate }: Plan): string =>
  [...linesOf(index), ...(fate === 'fail' ? [`${JSON.stringify(GIVE_UP)}\n`] : [])].join('');

/** Of an invocation's body; undefined when that is none of ours. */
export function planIn(payload: Uint8Array): Plan | undefined {
  const { prompt } = JSON.parse(Buffer.from(payload).toString() || '{}') as { prompt?: string };
  const [index, fate] = prompt?.split(' ') ?? [];
  return fate === undefined ? undefined : { index: Number(index), fate: fate as Fate };
}

export class CloudWork {
  readonly #starts = new Map<number, number>();
  readonly #crashed = new Set<number>();
  readonly #changes = new Changes();

  readonly agent: Agent = {
    invoke: ({ payload }) => {
      const plan = planIn(payload);
      if (plan === undefined) throw new TypeError('the agent was given no plan');
      this.#starts.set(plan.index, this.starts(plan) + 1);
      this.#changes.notify();
      return sse(this.#play(plan));
    },
  };

  starts = ({ index }: Plan): number => this.#starts.get(index) ?? 0;

  begun = (plan: Plan): Promise<void> => this.#changes.when(() => this.starts(plan) > 0);

  /** The container breaks off in the middle of its answer. */
  crash({ index }: Plan): void {
    this.#crashed.add(index);
    this.#changes.notify();
  }

  async *#play({ index, fate }: Plan): AsyncGenerator<object> {
    for (const text of linesOf(index)) {
      yield { text };
      await new Promise<void>((resolve) => setTimeout(resolve, BEAT_MS));
    }
    if (fate === 'fail') yield GIVE_UP;
    if (fate === 'end' || fate === 'fail') return;
    // For good, unless it crashes: whatever else ends it ends its microVM.
    await this.#changes.when(() => this.#crashed.has(index));
    throw new Error('the container crashed');
  }
}
