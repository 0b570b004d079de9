// Agent programs that the worker knows: how their command lines take a task, as their makers document it. What stands in none of
// them is refused. The configuration may replace any part, and has to where a machine needs other permissions.
import type { WorkerConfigAgent } from '@agent-dispatch/schemas';

export type BuiltIn = NonNullable<WorkerConfigAgent['builtIn']>;

export const builtIns: Readonly<Record<BuiltIn, WorkerConfigAgent>> = {
  // Print mode reads the prompt from standard input; the last line of its JSON stream is the result. It edits files of its
  // directory, and runs the tools that a task allows.
  claude: {
    command: ['claude', '-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'acceptEdits'],
    output: 'json',
    result: '/result',
    structuredResult: '/structured_output',
    modelArguments: ['--model', '{model}'],
    toolArguments: { allowed: ['--allowedTools', '{value}'], disallowed: ['--disallowedTools', '{value}'] },
    outputSchemaArguments: ['--json-schema', '{schema}'],
  },
  // Progress goes to standard error, the final message to standard output. A fresh directory is no git repository.
  codex: {
    command: ['codex', 'exec', '--skip-git-repo-check', '--sandbox', 'workspace-write', '-'],
    modelArguments: ['--model', '{model}'],
    outputSchemaArguments: ['--output-schema', '{schemaFile}'],
  },
  // Needs a session; one of its own keeps runs apart.
  openclaw: {
    command: ['openclaw', 'agent', '--local', '--session-id', '{invocationId}', '--message', '{prompt}'],
    input: 'argument',
    modelArguments: ['--model', '{model}'],
  },
  hermes: {
    command: ['hermes', 'chat', '--quiet', '--query-file', '-'],
    modelArguments: ['--model', '{model}'],
    toolArguments: { toolsets: ['--toolsets', '{value}'] },
  },
};
