// The flags that describe a task: shared by `run`, which hands it over, and `explain`, which only says where it would go.
import { Args, Flags } from '@oclif/core';
import type { Interfaces } from '@oclif/core';

export const requestArgs = {
  instruction: Args.string({
    description: 'The task, complete in itself. With --command: program and arguments, best after `--`.',
  }),
};

const PROTOCOLS = ['http', 'a2a', 'mcp', 'ag-ui', 'stdio'] as const;

export const requestFlags = {
  runtime: Flags.string({ char: 'r', description: 'Runtime profile. Default: the configured one.' }),
  'instruction-file': Flags.string({
    description: 'Read the instruction from this file; - is stdin.',
    helpValue: '<file>',
  }),
  context: Flags.string({ multiple: true, description: 'A fact the agent needs.', helpValue: '<name=value>' }),
  'context-json': Flags.string({ description: 'Facts as one JSON object; --context adds to it.', helpValue: '<json>' }),
  input: Flags.string({
    multiple: true,
    description: 'A file to place before the work starts: where, and which local file when its path differs.',
    helpValue: '<path[=file]>',
  }),
  'input-dir': Flags.string({
    multiple: true,
    description: 'All files of a local directory that no .gitignore names, untracked ones too.',
    helpValue: '<path[=directory]>',
  }),
  'input-git': Flags.string({
    multiple: true,
    description: 'The files of one commit: of a local repository, or one behind an https: URL.',
    helpValue: '<[path=]repository[#ref]>',
  }),
  artifact: Flags.string({ multiple: true, description: 'Files to collect at the end.', helpValue: '<glob>' }),
  set: Flags.string({
    multiple: true,
    description: "A detail of the target, as the provider's manifest names it; numbers and JSON are taken as such.",
    helpValue: '<name=value>',
  }),
  protocol: Flags.option({ options: PROTOCOLS, description: 'How the agent is spoken to.' })(),
  account: Flags.string({ description: "Account profile, instead of the runtime's." }),
  framework: Flags.string({ description: 'Agent framework, where the driver takes one.' }),
  model: Flags.string({ description: 'Model, where the driver takes one.' }),
  'output-schema': Flags.string({
    description: 'File with the JSON Schema of the wanted result.',
    helpValue: '<file>',
  }),
  label: Flags.string({ multiple: true, description: 'Label of the task.', helpValue: '<name=value>' }),
  group: Flags.string({ description: 'Group of the task.' }),
  parent: Flags.string({ description: 'Task on whose behalf this one runs.', helpValue: '<task>' }),
  'continue-from': Flags.string({ description: 'Ended task whose session goes on.', helpValue: '<task>' }),
  timeout: Flags.integer({ min: 1, description: 'Deadline of the task.', helpValue: '<seconds>' }),
  'idempotency-key': Flags.string({ description: 'The same key and request give the same task.' }),
  command: Flags.boolean({ description: 'Run a command instead of an agent: one line, or program and arguments.' }),
  shell: Flags.boolean({ description: 'Give the command line to a shell.', dependsOn: ['command'] }),
  env: Flags.string({
    multiple: true,
    description: 'Variable of the command; never a secret.',
    helpValue: '<name=value>',
    dependsOn: ['command'],
  }),
  'working-directory': Flags.string({
    description: "Where the command runs, relative to the target's directory.",
    helpValue: '<path>',
    dependsOn: ['command'],
  }),
};

export type RequestFlags = Interfaces.InferredFlags<typeof requestFlags>;
