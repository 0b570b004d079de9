// A runtime profile as list_runtimes shows it: what it leaves open is filled in from the manifest where only one answer fits.
import type { Config, ListRuntimesOutput } from '@agent-dispatch/schemas';
import type { PluginHost } from '../plugins/index.js';

type Runtime = Omit<ListRuntimesOutput['runtimes'][number], 'usable' | 'reason'>;

export function effectiveRuntime(config: Config, plugins: Pick<PluginHost, 'find'>, name: string): Runtime {
  const profile = config.runtimes?.[name];
  if (profile === undefined) return { name };
  const account = config.accounts?.[profile.account];
  const taskType = profile.taskType ?? 'agent.run';
  const drivers = (account && plugins.find(account.provider)?.manifest?.drivers) ?? [];
  const fitting = drivers
    .filter((driver) => profile.driver === undefined || driver.name === profile.driver)
    .filter((driver) => profile.capability === undefined || driver.capability === profile.capability)
    .flatMap((driver) => driver.offers.map((offer) => ({ driver, offer })))
    .filter(({ offer }) => offer.taskTypes.includes(taskType) && offer.targetModes.includes(profile.target.mode))
    .filter(({ offer }) => profile.target.protocol === undefined || offer.protocols.includes(profile.target.protocol));
  const [first] = fitting;
  const protocols = [...new Set(fitting.flatMap(({ offer }) => offer.protocols))];
  const protocol = profile.target.protocol ?? (protocols.length === 1 ? protocols[0] : undefined);
  return {
    name,
    ...(profile.description !== undefined && { description: profile.description }),
    ...(config.defaults?.runtime === name && { default: true }),
    ...(account && { provider: account.provider }),
    ...(first && {
      driver: first.driver.name,
      capability: first.driver.capability,
      accepts: first.offer.accepts ?? [],
    }),
    account_profile: profile.account,
    task_type: taskType,
    target_mode: profile.target.mode,
    ...(protocol !== undefined && { protocol }),
    ...(profile.requiredInputs && { required_context: profile.requiredInputs }),
  };
}
