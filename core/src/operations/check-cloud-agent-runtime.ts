// check_cloud_agent_runtime: is a runtime profile ready to take tasks? Static from data; with `live` the driver asks the cloud, by reads alone.
// A driver whose check asks no cloud is asked always.
import type {
  CheckCloudAgentRuntimeInput,
  CheckCloudAgentRuntimeOutput,
  ConfigRuntime,
  DispatchRequest,
} from '@agent-dispatch/schemas';
import type { CallOptions } from '../control-plane.js';
import { DEFAULT_LIMITS } from '../engine/index.js';
import { DispatchError, toDispatchError } from '../errors/index.js';
import { checkProfiles } from '../plugins/index.js';
import { contextFor } from './driver-context.js';
import { checkArguments, type Operations } from './operation.js';
import { effectiveRuntime } from './runtime-profile.js';

type Check = CheckCloudAgentRuntimeOutput['checks'][number];

/** A check that asks a cloud gives up after so long. */
const LIVE_MS = 30_000;

export async function checkCloudAgentRuntime(
  operations: Operations,
  input: CheckCloudAgentRuntimeInput,
  { signal }: CallOptions = {},
): Promise<CheckCloudAgentRuntimeOutput> {
  checkArguments('CheckCloudAgentRuntimeInput', input);
  const { name, profile } = choose(operations, input.runtime);
  const checks = [
    ...configured(operations, name, profile),
    await secrets(operations, profile),
    ...spans(operations.telemetry),
  ];
  const possible = checks.every(({ status }) => status !== 'fail');
  if (possible && (input.live === true || asksNoCloud(operations, name)))
    checks.push(...(await askDriver(operations, name, profile, signal)));
  return { runtime: name, ok: checks.every(({ status }) => status !== 'fail'), checks };
}

function choose({ config }: Operations, asked: string | undefined): { name: string; profile: ConfigRuntime } {
  const { runtimes = {}, defaults } = config.config;
  const name = asked ?? defaults?.runtime ?? Object.keys(runtimes)[0];
  const profile = name !== undefined && Object.hasOwn(runtimes, name) ? runtimes[name] : undefined;
  if (name !== undefined && profile !== undefined) return { name, profile };
  throw new DispatchError(
    'AD_ROUTE_UNKNOWN_RUNTIME',
    name === undefined ? 'no runtime is configured' : `there is no runtime ${JSON.stringify(name)}`,
    {
      problems: [{ pointer: '/runtime', message: `configured: ${Object.keys(runtimes).join(', ') || 'none'}` }],
    },
  );
}

function configured({ config, plugins }: Operations, name: string, profile: ConfigRuntime): Check[] {
  const { accounts, runtimes } = checkProfiles(config, plugins);
  const of = (label: string, checked: typeof runtimes, key: string): Check => {
    const problems = checked.find((candidate) => candidate.name === key)?.problems ?? [];
    if (problems.length === 0) return { name: label, status: 'pass', message: `${key} fits its provider's manifest` };
    const message = problems.map((problem) => `${problem.pointer}: ${problem.message}`).join('; ');
    const fix = problems.find((problem) => problem.hint !== undefined)?.hint;
    return { name: label, status: 'fail', message, ...(fix !== undefined && { fix }) };
  };
  return [
    of('account profile', accounts, profile.account),
    of('runtime profile', runtimes, name),
    provider({ config, plugins }, profile),
  ];
}

function provider({ config, plugins }: Pick<Operations, 'config' | 'plugins'>, { account }: ConfigRuntime): Check {
  const name = config.config.accounts?.[account]?.provider;
  const known = name === undefined ? undefined : plugins.find(name);
  if (known?.state === 'ready' || known?.state === 'loaded') {
    return {
      name: 'provider',
      status: 'pass',
      message: `${known.provider} (${known.packageName} ${known.version}, ${known.source})`,
    };
  }
  const error = known?.error;
  if (known?.state === 'not-installed') {
    return {
      name: 'provider',
      status: 'fail',
      message: `${known.packageName} is not installed`,
      fix: `agentdispatch plugins install ${known.packageName}`,
    };
  }
  return {
    name: 'provider',
    status: 'fail',
    message: error?.message ?? `provider ${String(name)} is unknown`,
    ...(error && { fix: error.hint }),
  };
}

async function secrets(operations: Operations, { secrets: references = {} }: ConfigRuntime): Promise<Check> {
  const count = Object.keys(references).length;
  try {
    await operations.secrets.resolve(references);
    return { name: 'secrets', status: 'pass', message: count === 0 ? 'none needed' : `${String(count)} found` };
  } catch (thrown) {
    const error = toDispatchError(thrown);
    return { name: 'secrets', status: 'fail', message: error.message, fix: error.hint };
  }
}

function asksNoCloud({ config, plugins }: Operations, name: string): boolean {
  const { provider: providerName, driver: driverName, protocol } = effectiveRuntime(config.config, plugins, name);
  if (providerName === undefined || protocol === undefined) return false;
  const manifest = plugins.find(providerName)?.manifest;
  return manifest?.drivers.find((driver) => driver.name === driverName)?.features.check === 'offline';
}

/** Tasks run without them. */
function spans({ register, error }: Operations['telemetry']): Check[] {
  if (register === undefined) return [];
  const name = 'telemetry';
  if (error === undefined) return [{ name, status: 'pass', message: `spans are made as ${register} has set it up` }];
  return [{ name, status: 'warn', message: `no spans are made: ${error.message}`, fix: error.hint }];
}

async function askDriver(
  operations: Operations,
  name: string,
  profile: ConfigRuntime,
  signal: AbortSignal | undefined,
): Promise<Check[]> {
  const { plugins, clock } = operations;
  const {
    provider: providerName,
    driver: driverName,
    capability,
    protocol,
  } = effectiveRuntime(operations.config.config, plugins, name);
  const unsure = (message: string): Check[] => [{ name: 'live', status: 'warn', message }];
  if (providerName === undefined || driverName === undefined || capability === undefined || protocol === undefined) {
    return unsure('the profile leaves open what a request must say: nothing to ask the cloud about');
  }
  try {
    const driver = await plugins.load(providerName, driverName);
    if (driver.check === undefined) return unsure(`${providerName}/${driverName} has no live check`);
    const timeout = AbortSignal.timeout(LIVE_MS);
    const request = checkRequest(profile, protocol, capability);
    const asked = { account: profile.account, provider: providerName, driver: driverName };
    return await driver.check(request, {
      ...contextFor(operations, { ...asked, signal: signal ? AbortSignal.any([signal, timeout]) : timeout }),
      taskId: '',
      attempt: 0,
      deadline: clock.now() + LIVE_MS,
      request,
    });
  } catch (thrown) {
    const error = toDispatchError(thrown, 'AD_PROVIDER_INTERNAL');
    return [{ name: 'live', status: 'fail', message: error.message, fix: error.hint }];
  }
}

/** The profile as a request without work: what a driver's check looks at. */
function checkRequest(profile: ConfigRuntime, protocol: string, capability: string): DispatchRequest {
  return {
    taskType: profile.taskType ?? 'agent.run',
    capability: capability as DispatchRequest['capability'],
    account: profile.account,
    target: { ...profile.target, protocol: protocol as DispatchRequest['target']['protocol'] },
    input: {},
    limits: { ...DEFAULT_LIMITS },
    retry: { maxAttempts: 1 },
  };
}
