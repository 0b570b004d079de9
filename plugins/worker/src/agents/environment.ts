// The environment of an agent: what is let through of the worker's, then the task's, then the secrets. Nothing else.
import type { WorkerTask } from '@agent-dispatch/schemas';
import { RunRefused } from '../runs/run.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Without these hardly any program runs. */
const ALWAYS = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** Errors: RunRefused, never with a value in it. */
export function environmentOf(
  { environment = {}, secrets = {} }: Pick<WorkerTask, 'environment' | 'secrets'>,
  allowed: readonly string[],
  ofWorker: Readonly<NodeJS.ProcessEnv>,
): Record<string, string> {
  check('environment', environment);
  check('secrets', secrets);
  const passed: Record<string, string> = {};
  for (const name of [...ALWAYS, ...allowed]) {
    const value = ofWorker[name];
    if (value !== undefined) passed[name] = value;
  }
  return { ...passed, ...environment, ...secrets };
}

function check(part: string, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!NAME.test(name))
      throw new RunRefused('invalid', `/${part}: ${JSON.stringify(name)} is no name for a variable.`);
    if (value.includes('\0')) throw new RunRefused('invalid', `/${part}/${name}: the value holds a NUL character.`);
  }
}
