// The fake AgentCore service with AgentDispatch's worker as the container of every session: work is found again there whatever
// becomes of dispatchers and connections, so that nothing may be lost but what was in a microVM that died.
import { Place } from '../../e2e/support/place.js';
import { type Container, type FakeAgentCore, workerContainer } from '../../fakes/agentcore/index.js';
import { figuresOf, isSessionOf, sessionsLeft, withAgentcore } from './agentcore-place.js';
import { ShellWork } from './shell-work.js';
import type { Accepted, Ended, Plan, World } from './world.js';

const TIMEOUT_SECONDS = 8;

export class WorkerWorld implements World {
  readonly #crashed = new Set<number>();

  private constructor(
    readonly place: Place,
    readonly fake: FakeAgentCore,
    private readonly work: ShellWork,
    private readonly container: Container,
  ) {}

  static async make(): Promise<WorkerWorld> {
    const place = await Place.make(undefined);
    const work = new ShellWork(place, TIMEOUT_SECONDS);
    const container = workerContainer({ agents: { work: { command: work.command } } });
    const { agent } = container;
    const fake = await withAgentcore(place, { agent, details: { worker: true }, maxConcurrent: 10 });
    return new WorkerWorld(place, fake, work, container);
  }

  plan = (index: number): Plan => this.work.plan(index);
  request = (plan: Plan): { instruction: string } => this.work.request(plan);
  starts = (plan: Plan): number => this.work.starts(plan);
  begun = (plan: Plan): Promise<void> => this.work.begun(plan);
  output = (plan: Plan): string => this.work.output(plan);

  /** A supervisor is the container. */
  kill(task: Accepted): void {
    if (task.fate === 'kill-work') {
      process.kill(Number(this.work.pids(task)[0]), 'SIGKILL');
      return;
    }
    this.#crashed.add(task.index);
    for (const { sessionId } of this.fake.sessions()) if (isSessionOf(task, sessionId)) this.container.crash(sessionId);
  }

  failure({ fate }: Plan): Record<string, unknown> | undefined {
    return fate === 'fail' || fate === 'kill-work' ? { error: { code: 'AD_TASK_FAILED' } } : undefined;
  }

  whyUnknowable({ index }: Ended): string | undefined {
    return this.#crashed.has(index) ? 'its microVM died' : undefined;
  }

  leaks = (): Promise<string[]> => sessionsLeft(this.fake);

  figures = (): Record<string, unknown> => ({ microVmsKilled: this.#crashed.size, ...figuresOf(this.fake) });
}
