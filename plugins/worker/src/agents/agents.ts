// The agents that this worker runs, by name.
import type { WorkerTask } from '@agent-dispatch/schemas';
import { RunRefused } from '../runs/run.js';
import type { Agent, AgentCommand } from './agent.js';
import { agentCommand } from './agent-command.js';

export interface NamedCommand {
  /** Of the agent. */
  readonly name: string;
  readonly command: AgentCommand;
  /** It could have gone on with an earlier conversation, but none is known. */
  readonly beginsAnew: boolean;
}

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

  /**
   * @param sessionOf the conversation that an agent of this name had in the task that this one goes on from.
   * Errors: RunRefused `refused`, `invalid`.
   */
  command(task: WorkerTask, outputSchema: string, sessionOf: (name: string) => string | undefined): NamedCommand {
    const name = task.framework ?? this.#defaultAgent;
    const agent = name === undefined ? undefined : this.#agents.get(name);
    if (name === undefined || !agent) throw new RunRefused('refused', this.#missing(name));
    const session = agent.resumeArguments && sessionOf(name);
    const place = { name, environment: this.#environment, outputSchema, ...(session !== undefined && { session }) };
    const beginsAnew = task.continues !== undefined && agent.resumeArguments !== undefined && session === undefined;
    return { name, command: agentCommand(task, agent, place), beginsAnew };
  }

  #missing(name: string | undefined): string {
    const names = [...this.#agents.keys()].join(', ');
    const there = names === '' ? 'None is configured.' : `Configured are: ${names}.`;
    return name === undefined
      ? `The task names no framework. ${there}`
      : `No agent ${name} is configured here. ${there}`;
  }
}
