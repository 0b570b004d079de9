// A run that was accepted: what its agent is, where it works, what it is given and what is asked of it.
import { mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import type { WorkerTask } from '@agent-dispatch/schemas';
import type { AgentCommand } from '../agents/agent.js';
import { inside } from '../files/inside.js';
import { placeInputs, type VerifiedInput } from '../files/inputs.js';
import { hasCode } from '../system-error.js';
import { PRIVATE, type RunFiles } from './run-files.js';
import { RunRefused } from './run.js';

export interface RunWork {
  readonly task: WorkerTask;
  /** Name of the agent. */
  readonly agent: string;
  readonly command: AgentCommand;
  /** The conversation with which it should go on is not known here. */
  readonly beginsAnew: boolean;
  readonly inputs: readonly VerifiedInput[];
  /** The worker's own; undefined when the run has an empty one of its own. */
  readonly directory?: string;
}

/** Everything is in its place when it resolves. Returns the real path of the agent's directory. Errors: RunRefused `invalid`. */
export async function prepareWork({ task, command, inputs, directory }: RunWork, files: RunFiles): Promise<string> {
  const own = directory === undefined;
  if (own) await mkdir(files.work, { mode: PRIVATE });
  const base = own ? files.work : directory;
  const place = await inside(base, task.workingDirectory ?? '.');
  if (place === undefined) throw new RunRefused('invalid', 'workingDirectory leaves the directory of the worker.');
  if (own) await mkdir(place, { recursive: true });
  else if (!(await isDirectory(place))) throw new RunRefused('invalid', 'workingDirectory is no existing directory.');
  await placeInputs(inputs, place);
  if (command.outputSchema !== undefined) await writeFile(files.outputSchema, command.outputSchema, { mode: 0o600 });
  return realpath(place);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
