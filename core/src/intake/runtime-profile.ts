// Which runtime profile a spawn means: the one named, else the configured default, else the only one there is.
import { nearest, type Config, type ConfigRuntime } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { lookUp } from './json.js';
import type { Question } from './prepared.js';

export interface ChosenRuntime {
  name: string;
  profile: ConfigRuntime;
}

/**
 * The profile, or the question which of several is meant.
 * Errors: AD_ROUTE_UNKNOWN_RUNTIME; AD_INPUT_UNSUPPORTED for a profile that runs commands.
 */
export function chooseRuntime(named: string | undefined, config: Config): ChosenRuntime | Question {
  const names = Object.keys(config.runtimes ?? {});
  const name = named ?? config.defaults?.runtime ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined) return forAgents(name, lookUp(config.runtimes, name) ?? unknownRuntime(name, names));
  if (names.length === 0) throw noRuntime();
  return { id: 'runtime', pointer: '/runtime', question: 'On which runtime should the task run?', choices: names };
}

/** A spawn has no place for a command, and an instruction must never be run as one. */
function forAgents(name: string, profile: ConfigRuntime): ChosenRuntime {
  if ((profile.taskType ?? 'agent.run') === 'agent.run') return { name, profile };
  const message = `Runtime "${name}" carries out ${profile.taskType ?? ''}; spawn_cloud_agent hands over instructions.`;
  throw new DispatchError('AD_INPUT_UNSUPPORTED', message, {
    hint: 'Call dispatch_task with input.command, or name a runtime for agents (list_runtimes).',
    problems: [{ pointer: '/runtime', message: `is a runtime for ${profile.taskType ?? ''}` }],
  });
}

function unknownRuntime(name: string, names: readonly string[]): never {
  if (names.length === 0) throw noRuntime(name);
  const meant = nearest(name, names);
  const message = `There is no runtime "${name}"; configured are ${names.join(', ')}.`;
  const suggestion = meant === undefined ? {} : { hint: `did you mean "${meant}"?` };
  throw new DispatchError('AD_ROUTE_UNKNOWN_RUNTIME', message, {
    ...(meant !== undefined && { hint: `Did you mean "${meant}"? Call list_runtimes to see all.` }),
    problems: [{ pointer: '/runtime', message: 'names no runtime profile', ...suggestion }],
    details: { runtimes: [...names] },
  });
}

const noRuntime = (name?: string): DispatchError =>
  new DispatchError(
    'AD_ROUTE_UNKNOWN_RUNTIME',
    `${name === undefined ? '' : `There is no runtime "${name}": `}no runtime profile is configured.`,
    {
      hint: 'Run `agentdispatch init` to create a configuration with a runtime, then call again.',
      problems: [{ pointer: '/runtime', message: 'names no runtime profile' }],
    },
  );
