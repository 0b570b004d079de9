// The agents that this worker runs, by name.
import type { WorkerTask } from '@agent-dispatch/schemas';
import { RunRefused } from '../runs/run.js';
import type { Agent, AgentCommand } from './agent.js';
import { agentCommand } from './agent-command.js';

export class Agents {
  readonly #agents: ReadonlyMap<string, Agent>;
  readonly #defaultAgent: string | undefined;
  readonly #environment: Readonly<NodeJS.ProcessEnv>;

  constructor(
    agents: ReadonlyMap<string, Agent>,
    defaultAgent: string | undefined,
    environment: Readonly<NodeJS.ProcessEnv>,
  ) {
    this.#agents = agents;
    this.#defaultAgent = defaultAgent;
    this.#environment = environment;
  }

  /** Errors: RunRefused `refused`, `invalid`. */
  command(task: WorkerTask, outputSchema: string): { name: string; command: AgentCommand } {
    const name = task.framework ?? this.#defaultAgent;
    const agent = name === undefined ? undefined : this.#agents.get(name);
    if (name === undefined || !agent) throw new RunRefused('refused', this.#missing(name));
    return { name, command: agentCommand(task, agent, { name, environment: this.#environment, outputSchema }) };
  }

  #missing(name: string | undefined): string {
    const names = [...this.#agents.keys()].join(', ');
    const there = names === '' ? 'None is configured.' : `Configured are: ${names}.`;
    return name === undefined
      ? `The task names no framework. ${there}`
      : `No agent ${name} is configured here. ${there}`;
  }
}
