// Makes the request out of the caller's wishes and, for a spawn, the runtime profile's defaults. What only the chosen
// offer can tell (capability, protocol, limits) may still be open; finish-request.ts settles it.
import type { Capability, DispatchRequest, JsonObject, Limits, Protocol, TargetMode } from '@agent-dispatch/schemas';
import type { Wanted, WantedInput } from './call.js';
import { withoutAbsent } from './json.js';
import type { CallerIdentity } from './prepared.js';
import type { ChosenRuntime } from './runtime-profile.js';

export type Draft = Omit<DispatchRequest, 'capability' | 'target' | 'input'> & {
  capability?: Capability;
  input: WantedInput;
  target: { mode: TargetMode; protocol?: Protocol; details: JsonObject };
};

/** Whatever the caller gives wins; details, labels and environment are merged member by member. */
export function draftFromRuntime(wanted: Wanted, { name, profile }: ChosenRuntime, caller: CallerIdentity): Draft {
  return withoutAbsent({
    ...common(wanted, caller),
    taskType: profile.taskType ?? 'agent.run',
    capability: profile.capability,
    driver: profile.driver,
    account: wanted.account ?? profile.account,
    runtime: name,
    target: withoutAbsent({
      mode: profile.target.mode,
      protocol: wanted.target?.protocol ?? profile.target.protocol,
      details: { ...profile.target.details, ...wanted.target?.details },
    }),
    input: withoutAbsent({ ...wanted.input, environment: merged(profile.environment, wanted.input.environment) }),
    framework: wanted.framework ?? profile.framework,
    model: wanted.model ?? profile.model,
    labels: merged(profile.labels, wanted.labels),
    secrets: profile.secrets,
    limits: { ...profile.limits, ...wanted.limits },
    retry: { maxAttempts: profile.retry?.maxAttempts ?? 1 },
  });
}

/** For a dispatch: every choice is the caller's, no runtime profile plays a part. `wanted` has passed its check. */
export function draftFromWishes(wanted: ExactWishes, caller: CallerIdentity): Draft {
  const { mode, protocol, details } = wanted.target;
  return withoutAbsent({
    ...common(wanted, caller),
    taskType: wanted.taskType,
    capability: wanted.capability,
    provider: wanted.provider,
    driver: wanted.driver,
    account: wanted.account,
    target: { mode, protocol, details: { ...details } },
    input: wanted.input,
    framework: wanted.framework,
    model: wanted.model,
    labels: wanted.labels,
    limits: { ...wanted.limits } satisfies Limits,
    retry: { maxAttempts: 1 },
  });
}

/** What dispatch_task requires of its caller. */
export type ExactWishes = Wanted & Pick<DispatchRequest, 'taskType' | 'capability' | 'account' | 'target'>;

const common = (
  { tools, continueFrom, parent, group }: Wanted,
  { client }: CallerIdentity,
): Pick<DispatchRequest, 'tools' | 'continueFrom' | 'parent' | 'group' | 'client'> => ({
  tools,
  continueFrom,
  parent,
  group,
  client: client && withoutAbsent({ name: client.name, version: client.version }),
});

function merged(
  defaults: Record<string, string> | undefined,
  given: Record<string, string> | undefined,
): Record<string, string> | undefined {
  return defaults === undefined && given === undefined ? undefined : { ...defaults, ...given };
}
