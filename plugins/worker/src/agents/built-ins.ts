// Agent programs that the worker knows: how their command lines take a task. Tried against the programs themselves, in the versions
// that the README names, but for hermes, which stands here as its makers document it. What stands in none of them is refused. The
// configuration may replace any part, and has to where a machine needs other permissions.
import type { WorkerConfigAgent } from '@agent-dispatch/schemas';

export type BuiltIn = NonNullable<WorkerConfigAgent['builtIn']>;

export const builtIns: Readonly<Record<BuiltIn, WorkerConfigAgent>> = {
  // Print mode reads the prompt from standard input. It edits files of its directory, and runs the tools that a task allows; what
  // would need a permission is denied, for nobody is there to ask.
  claude: {
    command: ['claude', '-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'acceptEdits'],
    output: 'claude',
    modelArguments: ['--model', '{model}'],
    toolArguments: { allowed: ['--allowedTools', '{value}'], disallowed: ['--disallowedTools', '{value}'] },
    outputSchemaArguments: ['--json-schema', '{schema}'],
    resumeArguments: ['--resume', '{session}'],
  },
  // A fresh directory is no git repository. What its sandbox forbids is denied.
  codex: {
    command: ['codex', 'exec', '--json', '--skip-git-repo-check', '--sandbox', 'workspace-write'],
    output: 'codex',
    modelArguments: ['--model', '{model}'],
    outputSchemaArguments: ['--output-schema', '{schemaFile}'],
    resumeArguments: ['resume', '{session}', '-'],
  },
  // Without a gateway, in the directory of the run, with a state of its own: runs do not get into each other's way. Its own
  // deadline of ten minutes is off, for the task has one.
  openclaw: {
    command: ['openclaw', '--no-color', 'agent', 'exec', '--message-file', '-', '--json', '--timeout', '0'],
    output: 'json',
    result: '/final',
    failure: '/error/message',
    modelArguments: ['--model', '{model}'],
  },
  hermes: {
    command: ['hermes', 'chat', '--quiet', '--query-file', '-'],
    modelArguments: ['--model', '{model}'],
    toolArguments: { toolsets: ['--toolsets', '{value}'] },
  },
};
