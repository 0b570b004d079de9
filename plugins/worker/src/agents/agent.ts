// An agent as the configuration declares it, and a run of it as it is carried out.
import type { WorkerConfigAgent } from '@agent-dispatch/schemas';

/** `command`, `input` and `output` are settled: from the configuration, a built-in framework or the defaults. */
export type Agent = WorkerConfigAgent & Required<Pick<WorkerConfigAgent, 'command' | 'input' | 'output'>>;

/** What runs, fed with what. */
export interface AgentCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  /** The whole environment, secrets included. */
  readonly environment: Readonly<Record<string, string>>;
  /** What is written to standard input first. */
  readonly input?: string;
  /** Standard input stays open for messages. */
  readonly takesMessages: boolean;
  readonly output: Agent['output'];
  /** RFC 6901 pointer into the JSON that the agent prints. Absent: all of it. */
  readonly result?: string;
  /** The same to the text that tells why it failed. */
  readonly failure?: string;
  /** Content of a file that must be there before the agent begins. */
  readonly outputSchema?: string;
}
