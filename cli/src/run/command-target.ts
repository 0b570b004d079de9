// Where a command runs: on the target of a runtime profile, spelled out as dispatch_task wants it.
import type { ControlPlane, LoadedConfig } from '@agent-dispatch/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import type { DispatchTaskInput, ListRuntimesOutput } from '@agent-dispatch/schemas';
import type { CommandRequest } from './read-request.js';
import type { RequestFlags } from './request-flags.js';

type Runtime = ListRuntimesOutput['runtimes'][number];

/** Errors: AD_ROUTE_UNKNOWN_RUNTIME, and whatever keeps the runtime from being used. */
export async function commandOnRuntime(
  controlPlane: Pick<ControlPlane, 'runtimes'>,
  { config }: LoadedConfig,
  {
    request,
    flags,
  }: { request: CommandRequest; flags: Partial<Pick<RequestFlags, 'runtime' | 'protocol' | 'account'>> },
): Promise<DispatchTaskInput> {
  const runtime = pick((await controlPlane.runtimes({})).runtimes, flags.runtime);
  const profile = config.runtimes?.[runtime.name];
  const { provider, driver, capability, target_mode: mode, protocol = profile?.target.protocol } = runtime;
  if (provider === undefined || capability === undefined || mode === undefined)
    throw new DispatchError('AD_ROUTE_NO_MATCH', `Runtime "${runtime.name}" cannot be used: ${runtime.reason ?? ''}.`);
  const { context, inputs, artifacts, output_schema: outputSchema, ...envelope } = request.shared;
  const environment = { ...profile?.environment, ...request.input.environment };
  const timeout = envelope.timeout_seconds ?? profile?.limits?.timeoutSeconds;
  return {
    provider,
    account_profile: flags.account ?? runtime.account_profile ?? profile?.account ?? '',
    ...(driver !== undefined && { driver }),
    capability: capability as DispatchTaskInput['capability'],
    task_type: 'command.run',
    target: {
      mode: mode as DispatchTaskInput['target']['mode'],
      protocol: (flags.protocol ?? protocol ?? 'stdio') as DispatchTaskInput['target']['protocol'],
      details: { ...profile?.target.details, ...request.details },
    },
    input: {
      command: request.command,
      ...request.input,
      ...(Object.keys(environment).length > 0 && { environment }),
      ...(context && { context }),
      ...(inputs && { inputs }),
      ...(artifacts && { artifacts }),
      ...(outputSchema && { output_schema: outputSchema }),
    },
    ...envelope,
    ...(timeout !== undefined && { timeout_seconds: timeout }),
    ...(profile?.labels && { labels: { ...profile.labels, ...envelope.labels } }),
  };
}

function pick(runtimes: readonly Runtime[], name: string | undefined): Runtime {
  const found =
    name === undefined
      ? (runtimes.find((one) => one.default === true) ?? (runtimes.length === 1 ? runtimes[0] : undefined))
      : runtimes.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = runtimes.map((one) => one.name).join(', ');
  throw new DispatchError(
    'AD_ROUTE_UNKNOWN_RUNTIME',
    name === undefined ? 'No runtime is named, and none is the default.' : `There is no runtime "${name}".`,
    { hint: names === '' ? 'Create one with `agentdispatch init`.' : `Name one with --runtime: ${names}.` },
  );
}
