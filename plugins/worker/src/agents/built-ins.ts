// Agent programs that the worker knows: how their command lines take a task.
import type { WorkerConfigAgent } from '@agent-dispatch/schemas';

export type BuiltIn = NonNullable<WorkerConfigAgent['builtIn']>;

export const builtIns: Readonly<Record<BuiltIn, WorkerConfigAgent>> = {
  claude: { command: ['claude', '-p'], modelArguments: ['--model', '{model}'] },
  codex: { command: ['codex', 'exec', '-'], modelArguments: ['--model', '{model}'] },
  openclaw: { command: ['openclaw', 'agent', '--message'], input: 'argument' },
  hermes: { command: ['hermes', 'chat', '-q'], input: 'argument' },
};
